import type { Column } from '#src/apiserver/resource.ts';

import { ageColumn, nameColumn, textColumn } from '../cells.ts';
import type { ConfigMap } from './strategy.ts';

export const configMapColumns: readonly Column<ConfigMap>[] = [
  nameColumn,
  textColumn('Data', 'How many entries there are.', (map: ConfigMap) =>
    String(Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length),
  ),
  ageColumn,
];
