import type { KeyRing } from '../seal.ts';
import type { Key } from '../store.ts';
import type { Database } from './database.ts';

const pageSize = 100;

interface SealedRow {
  readonly revision: number;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly body: string | null;
  readonly previous_body: string | null;
}

/**
 * Seals the bodies of the log with the ring's first key. Watches that begin in the past show them, so a key that is taken
 * out of the file must not be needed for them either.
 * @returns how many events were sealed anew
 * @throws {SealError} when a body does not open
 * @throws {StoreError} `Unavailable`
 */
export async function resealLog(
  database: Database,
  resources: ReadonlySet<string>,
  keys: KeyRing,
): Promise<number> {
  let count = 0;
  for (let after = 0; ;) {
    if (database.closing.aborted) return count;
    const rows = await sealedRows(database, [...resources], { after, current: keys.currentId });
    for (const row of rows) await write(database, row, keys);
    count += rows.length;
    const last = rows.at(-1);
    if (last === undefined) return count;
    after = last.revision;
  }
}

/** Events whose bodies another key than the current one opens, the oldest first. */
function sealedRows(
  database: Database,
  resources: readonly string[],
  { after, current }: { readonly after: number; readonly current: string },
): Promise<SealedRow[]> {
  return database.repeatable<SealedRow>({
    text: `
      select revision, resource, namespace, name, body, previous_body from sluice.event
      where resource = any ($1) and revision > $2 and (
        body::json -> 'sealed' ->> 'key' <> $3 or previous_body::json -> 'sealed' ->> 'key' <> $3
      )
      order by revision limit ${pageSize}`,
    values: [resources, after, current],
  });
}

async function write(database: Database, row: SealedRow, keys: KeyRing): Promise<void> {
  const { revision, resource, namespace, name } = row;
  const key: Key = { resource, namespace, name };
  const anew = (body: string | null): string | null =>
    body === null ? null : keys.seal(key, keys.open(key, body));
  await database.repeatable({
    text: 'update sluice.event set body = $2, previous_body = $3 where revision = $1',
    values: [revision, anew(row.body), anew(row.previous_body)],
  });
}
