import { createGenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { Resource, UserInfo } from '#src/apiserver/resource.ts';
import { listOf, string } from '#src/meta/schema-builders.ts';
import type { Objects } from '#src/store/objects.ts';

import { nameColumn, textColumn } from '../cells.ts';
import { storedIn } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { kindSchema } from '../schema/meta.ts';
import { userPassword } from './password.ts';
import { userGroup, userKey, userStrategy, type User } from './user.ts';

/** users: those who can log in with a password, and `~`, which is whoever asks (`oc whoami`, `oc login`). */
export function users(deps: ResourceDeps): Resource<User> {
  const { objects, passwordRecords } = deps;
  const rest = createGenericRest<User>(
    storedIn(deps, {
      group: userGroup,
      version: 'v1',
      resource: 'users',
      kind: 'User',
      strategy: userStrategy,
    }),
  );
  return {
    group: userGroup,
    version: 'v1',
    name: 'users',
    singular: 'user',
    kind: 'User',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: {
      ...rest,
      async get(context, name) {
        return name === '~' ? await self(objects, context.user) : await rest.get(context, name);
      },
      async delete(context, name, options) {
        const deleted = await rest.delete(context, name, options);
        if (!options.dryRun) await passwordRecords?.remove(name);
        return deleted;
      },
    },
    subresources: passwordRecords === undefined ? [] : [userPassword(objects, passwordRecords)],
    columns: [
      nameColumn,
      textColumn('UID', 'Unique id of the user.', (user: User) => user.metadata.uid ?? ''),
      textColumn('Full Name', 'A name for people.', (user: User) => user.fullName ?? ''),
      textColumn('Identities', 'How the user logs in.', (user: User) =>
        (user.identities ?? []).join(', '),
      ),
    ],
    schema: kindSchema('com.github.openshift.api.user.v1.User', 'Somebody who can log in.', {
      fullName: string('A name for people.'),
      identities: listOf(string(), 'How the user logs in.'),
      groups: listOf(string(), 'Groups of the user.'),
    }),
  };
}

/** A user of the record, or somebody whom only a certificate or a token knows. */
async function self(objects: Objects, { username, uid, groups }: UserInfo): Promise<User> {
  const stored = username.includes(':') ? undefined : await objects.get<User>(userKey(username));
  if (stored !== undefined && stored.metadata.uid === uid)
    return { ...stored, groups: [...groups] };
  return {
    kind: 'User',
    apiVersion: `${userGroup}/v1`,
    metadata: { name: username, ...(uid === undefined ? {} : { uid }) },
    identities: null,
    groups: [...groups],
  };
}
