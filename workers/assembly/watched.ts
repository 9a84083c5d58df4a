import type { Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { WatchedParts } from '../metrics.ts';

/** What metrics look at besides their own process. */
export function watchedParts(
  { ledger, registries }: RecordDatabase,
  { imports, schedule }: Queues,
): WatchedParts {
  return { queues: { import: imports, schedule }, ledger, registries };
}
