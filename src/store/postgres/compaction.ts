import type { Database } from './database.ts';
import { futureRevision } from './event-log.ts';

/** Small enough not to hold up anybody, large enough to forget some 25,000 events a second. */
const eventsPerChunk = 5_000;

/**
 * Forgets events up to and including `revision`. Readers are told first and events deleted after, so one that
 * comes in between is refused rather than shown a part.
 * @throws {StoreError} `FutureRevision`, `Unavailable`
 */
export async function compact(database: Database, revision: number): Promise<void> {
  const [row] = await database.repeatable<{ current: number }>({
    text: `
      update sluice.revision set compacted = greatest(compacted, least($1, current)) returning current`,
    values: [revision],
  });
  if (row !== undefined && revision > row.current) throw futureRevision(revision, row.current);
  for (;;) {
    const [deleted] = await database.repeatable<{ events: number }>({
      text: `
        with deleted as (
          delete from sluice.event where revision in (
            select revision from sluice.event where revision <= $1 order by revision limit $2
          ) returning 1
        ) select count(*) as events from deleted`,
      values: [revision, eventsPerChunk],
    });
    if ((deleted?.events ?? 0) < eventsPerChunk) return;
  }
}

/**
 * Forgets what is older than `keepMs`, unless another process is at it.
 * @throws {StoreError} `Unavailable`
 */
export async function compactOlderThan(database: Database, keepMs: number): Promise<void> {
  const [row] = await database.repeatable<{ revision: number }>({
    text: "select sluice.revision_before(now() - $1 * interval '1 millisecond') as revision",
    values: [keepMs],
  });
  if (row !== undefined && row.revision > 0) await compact(database, row.revision);
}
