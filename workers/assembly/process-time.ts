import { FollowedTime } from '#src/lib/followed-time.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { RecordDatabase } from '#src/store/open.ts';

const defaultEveryMs = 10_000;
/** Each answer narrows down what the time can be. */
const firstQuestions = 3;
/** A difference that somebody should hear of, in milliseconds. */
const worthTellingMs = 1_000;

/**
 * From here on, `Date.now()` of this process is the time of the database, and so is every clock of ours: those of machines
 * may differ by minutes. It is set for the whole process because BullMQ takes no clock: by `Date.now()` of whoever looks it
 * decides that a delayed job is due and, on PostgreSQL, that a worker was lost. `new Date()` stays the machine's.
 * @param everyMs how often the database is asked for the time, in milliseconds; 10,000 when absent
 * @returns ends the following; the time runs on
 * @throws {StoreError} `Unavailable`
 */
export async function followDatabaseTime(
  record: Pick<RecordDatabase, 'time'>,
  logger: Logger,
  everyMs = defaultEveryMs,
): Promise<() => void> {
  const followed = new FollowedTime();
  async function ask(): Promise<number> {
    const askedAt = performance.now();
    return followed.hear(await record.time(), askedAt, performance.now());
  }
  for (let question = 0; question < firstQuestions; question += 1) await ask();
  const aheadMs = Date.now() - followed.now();
  if (Math.abs(aheadMs) > worthTellingMs)
    logger.warn('the clock of this machine is not that of the database, which counts', { aheadMs });
  Date.now = () => followed.now();
  async function keepUp(): Promise<void> {
    try {
      const movedMs = Math.round(await ask());
      if (Math.abs(movedMs) > worthTellingMs)
        logger.warn('the clock of the database was set', { movedMs });
    } catch (error) {
      logger.debug('the database does not tell the time', { error });
    }
  }
  const timer = setInterval(() => void keepUp(), everyMs).unref();
  return () => clearInterval(timer);
}
