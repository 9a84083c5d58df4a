import type { Column } from '#src/apiserver/resource.ts';
import type { Binding, Role, Subject } from '#src/meta/rbac/types.ts';

import { ageColumn, nameColumn, textColumn } from '../cells.ts';

export const roleColumns: readonly Column<Role>[] = [
  nameColumn,
  {
    ...textColumn(
      'Created At',
      'When the role was created.',
      ({ metadata }: Role) => metadata.creationTimestamp ?? '',
    ),
    type: 'date',
  },
];

export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  textColumn(
    'Role',
    'The role that is given.',
    ({ roleRef = {} }: Binding) => `${roleRef.kind ?? ''}/${roleRef.name ?? ''}`,
  ),
  ageColumn,
  textColumn('Users', 'Users that it is given to.', (binding) => named(binding, 'User'), 1),
  textColumn('Groups', 'Groups that it is given to.', (binding) => named(binding, 'Group'), 1),
  textColumn(
    'ServiceAccounts',
    'Service accounts that it is given to.',
    (binding) => named(binding, 'ServiceAccount'),
    1,
  ),
];

function named({ subjects = [] }: Binding, kind: string): string {
  return subjects
    .filter((subject) => subject.kind === kind)
    .map(shown)
    .join(', ');
}

function shown({ kind, name = '', namespace = '' }: Subject): string {
  return kind === 'ServiceAccount' ? `${namespace}/${name}` : name;
}
