import { createGenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { Resource } from '#src/apiserver/resource.ts';
import { listOf, string } from '#src/meta/schema-builders.ts';

import { nameColumn, textColumn } from '../cells.ts';
import { storedIn } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { kindSchema } from '../schema/meta.ts';
import { userGroup } from '../users/user.ts';
import { groupStrategy, type Group } from './group.ts';

/** groups: users under one name, to give permissions to. */
export function groups(deps: ResourceDeps): Resource<Group> {
  return {
    group: userGroup,
    version: 'v1',
    name: 'groups',
    singular: 'group',
    kind: 'Group',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: createGenericRest<Group>(
      storedIn(deps, {
        group: userGroup,
        version: 'v1',
        resource: 'groups',
        kind: 'Group',
        strategy: groupStrategy,
      }),
    ),
    subresources: [],
    columns: [
      nameColumn,
      textColumn('Users', 'Names of the users.', (group: Group) => (group.users ?? []).join(', ')),
    ],
    schema: kindSchema('com.github.openshift.api.user.v1.Group', 'Users under one name.', {
      users: listOf(string(), 'Names of the users.'),
    }),
  };
}
