import { dropContents } from './postgres-contents.ts';
import { emptyMailbox } from './postgres-mailbox.ts';
import { forgetRegistries } from './postgres-registries.ts';
import { compactOlderThan } from './postgres/compaction.ts';
import type { Database } from './postgres/database.ts';

const mostRoundMs = 5 * 60_000;

/**
 * Forgets old events and mailbox rows until the database is closed. Every process does it, one at a time.
 * @param keepMs how long events can be watched from, in milliseconds
 */
export async function keepHouse(database: Database, keepMs: number): Promise<void> {
  const { closing, clock, logger } = database;
  const roundMs = Math.min(mostRoundMs, keepMs / 12);
  while (!closing.aborted) {
    await clock.sleep(roundMs * (0.75 + Math.random() / 2), closing).catch(() => undefined);
    if (closing.aborted) return;
    try {
      await oneRound(database, keepMs);
    } catch (error) {
      logger.warn('housekeeping failed', { error });
    }
  }
}

async function oneRound(database: Database, keepMs: number): Promise<void> {
  const client = database.dedicatedClient('housekeeping');
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ mine: boolean }>(
      "select pg_try_advisory_lock(hashtextextended('sluice.housekeeping', 0)) as mine",
    );
    if (rows[0]?.mine !== true) return;
    await compactOlderThan(database, keepMs);
    await emptyMailbox(database);
    await forgetRegistries(database);
    await dropContents(database);
  } finally {
    await client.end().catch(() => undefined);
  }
}
