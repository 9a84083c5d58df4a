import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { invalid, type FieldError } from '#src/meta/field-error.ts';
import { pathSegmentName } from '#src/meta/names.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Key } from '#src/store/store.ts';

export const userGroup = 'user.openshift.io';
export const usersResource = { group: userGroup, resource: 'users' };

/** user.openshift.io/v1 User. */
export interface User extends KubeObject {
  fullName?: string;
  identities: string[] | null;
  /** Of whoever asks for `~`; in the record it says nothing, a Group names its users. */
  groups: string[] | null;
}

export function userKey(name: string): Key {
  return { resource: `users.${userGroup}`, namespace: '', name };
}

/** Bytes; names stand in URLs and logs. */
const maxNameLength = 253;

/**
 * What is wrong with the name of a user or a group, in OpenShift's words. A colon belongs to the names that the server
 * itself gives (`system:masters`), so nobody can take one of them.
 */
export function accountNameErrors(name: string): readonly string[] {
  return [
    ...pathSegmentName(name),
    ...(name.includes(':') ? ['may not contain ":"'] : []),
    ...(name === '~' ? ['may not equal "~"'] : []),
    ...(name !== name.trim() || /\p{Cc}/u.test(name)
      ? ['may not begin or end with white space, nor contain control characters']
      : []),
    ...(Buffer.byteLength(name) > maxNameLength
      ? [`must be no more than ${maxNameLength} bytes`]
      : []),
  ];
}

export function accountNameFieldErrors({ metadata: { name = '' } }: KubeObject): FieldError[] {
  return accountNameErrors(name).map((error) => invalid('metadata.name', name, error));
}

/** The rules of user.openshift.io/v1 Users. */
export const userStrategy: Strategy<User> = {
  namespaced: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: prepared,
  validateCreate: accountNameFieldErrors,
  prepareForUpdate: prepared,
  validateUpdate: () => [],
};

function prepared({ identities, fullName, ...user }: User): User {
  return {
    ...user,
    ...(fullName === undefined || fullName === '' ? {} : { fullName }),
    identities: identities ?? null,
    groups: null,
  };
}
