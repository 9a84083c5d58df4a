import { ageColumn, nameColumn, textColumn } from '../cells.ts';
import type { Column } from '#src/apiserver/resource.ts';

import type { Secret } from './types.ts';

export const secretColumns: readonly Column<Secret>[] = [
  nameColumn,
  textColumn('Type', 'What the data is for.', (secret: Secret) => secret.type ?? ''),
  textColumn('Data', 'How many entries there are.', (secret: Secret) =>
    String(Object.keys(secret.data ?? {}).length),
  ),
  ageColumn,
];
