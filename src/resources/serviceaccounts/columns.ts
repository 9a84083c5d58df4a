import type { Column } from '#src/apiserver/resource.ts';

import { ageColumn, nameColumn, textColumn } from '../cells.ts';
import type { ServiceAccount } from './strategy.ts';

export const serviceAccountColumns: readonly Column<ServiceAccount>[] = [
  nameColumn,
  textColumn('Secrets', 'How many secrets the account may use.', (account: ServiceAccount) =>
    String(account.secrets?.length ?? 0),
  ),
  ageColumn,
];
