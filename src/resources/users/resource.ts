import type { Resource } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { notFound, StatusError } from '#src/meta/status.ts';

import { nameColumn, textColumn } from '../cells.ts';
import { listOf, string } from '../schema/builders.ts';
import { kindSchema } from '../schema/meta.ts';

const group = 'user.openshift.io';

/** user.openshift.io/v1 User. */
export interface User extends KubeObject {
  fullName?: string;
  identities: string[] | null;
  groups: string[] | null;
}

/** users: only `~`, which is whoever asks; `oc whoami` and `oc login` ask for it. */
export function users(): Resource<User> {
  return {
    group,
    version: 'v1',
    name: 'users',
    singular: 'user',
    kind: 'User',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: {
      async get({ user }, name) {
        if (name !== '~' && name !== user.username)
          throw new StatusError(notFound({ group, resource: 'users' }, name));
        const self: User = {
          kind: 'User',
          apiVersion: `${group}/v1`,
          metadata: {
            name: user.username,
            ...(user.uid === undefined ? {} : { uid: user.uid }),
          },
          identities: null,
          groups: [...user.groups],
        };
        return self;
      },
    },
    subresources: [],
    columns: [
      nameColumn,
      textColumn('Full Name', 'A name for people.', (user: User) => user.fullName ?? ''),
    ],
    schema: kindSchema('com.github.openshift.api.user.v1.User', 'Somebody who can log in.', {
      fullName: string('A name for people.'),
      identities: listOf(string(), 'How the user logs in.'),
      groups: listOf(string(), 'Groups of the user.'),
    }),
  };
}
