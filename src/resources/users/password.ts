import { maxPasswordBytes } from '#src/apiserver/authenticate/passwords.ts';
import type { Subresource } from '#src/apiserver/resource.ts';
import { type FieldError, required } from '#src/meta/field-error.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { string } from '#src/meta/schema-builders.ts';
import { notFound, refuseInvalid, type Status, StatusError } from '#src/meta/status.ts';
import type { Objects } from '#src/store/objects.ts';

import { kindSchema } from '../schema/meta.ts';
import type { PasswordRecords } from './password-records.ts';
import { userKey, usersResource, type User } from './user.ts';

/** sluice.dev/v1 UserPassword: goes in and never comes out. */
interface UserPassword extends KubeObject {
  password?: string;
}

const minCharacters = 8;
const kind = { group: 'sluice.dev', kind: 'UserPassword' };

/** `users/password`: POST gives a user a password. Whoever may do so can log in as that user. */
export function userPassword(objects: Objects, records: PasswordRecords): Subresource {
  return {
    name: 'password',
    kind: kind.kind,
    group: kind.group,
    version: 'v1',
    unlisted: true,
    schema: kindSchema('dev.sluice.v1.UserPassword', 'The new password of a user.', {
      password: string('The password; write-only.'),
    }),
    rest: {
      async create({ name = '' }, object, { dryRun }): Promise<Status> {
        const { password } = object as UserPassword;
        refuseInvalid(kind, name, passwordErrors(password));
        const user = await objects.get<User>(userKey(name));
        const uid = user?.metadata.uid;
        if (uid === undefined) throw new StatusError(notFound(usersResource, name));
        if (!dryRun) await records.set({ username: name, uid }, password ?? '');
        return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
      },
    },
  };
}

/** The errors do not repeat the password. */
export function passwordErrors(password: unknown): FieldError[] {
  if (typeof password !== 'string' || password === '') return [required('password')];
  if (Buffer.byteLength(password) > maxPasswordBytes)
    return [tooLong(`must have at most ${maxPasswordBytes} bytes`)];
  if (password.length < minCharacters)
    return [
      {
        type: 'FieldValueForbidden',
        field: 'password',
        detail: `must have at least ${minCharacters} characters`,
      },
    ];
  return [];
}

function tooLong(detail: string): FieldError {
  return { type: 'FieldValueTooLong', field: 'password', detail };
}
