import type { Column } from '#src/apiserver/resource.ts';

import { ageColumn, nameColumn, textColumn } from '../cells.ts';
import type { Namespace } from './strategy.ts';

export const namespaceColumns: readonly Column<Namespace>[] = [
  nameColumn,
  textColumn(
    'Status',
    'Active or Terminating.',
    (namespace: Namespace) => namespace.status?.phase ?? '',
  ),
  ageColumn,
];
