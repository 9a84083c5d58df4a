import type { Logger } from '#src/lib/logger.ts';
import { openQueues, type Queues } from '#src/queue/queues.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { Config } from '../config.ts';

/** The queues: on Redis where the configuration names one, else in the record's database. */
export function queuesOf(
  { redisUrl, jobLockMs }: Config,
  { connection }: RecordDatabase,
  logger: Logger,
): Promise<Queues> {
  const place = redisUrl === undefined ? { database: connection } : { redisUrl };
  // Looked for often enough that the lock is most of the wait.
  const locks = { lockMs: jobLockMs, stalledCheckMs: Math.min(jobLockMs / 2, 5_000) };
  return openQueues({ place, logger, locks });
}
