import { StoreError, type Range, type StoreEvent } from '../store.ts';
import type { Database } from './database.ts';

/** A piece of the log and where the record stood when it was read. */
export interface LogPage {
  readonly events: readonly StoreEvent[];
  /** Newest revision of the record. */
  readonly current: number;
  /** Events up to and including this one may be gone. */
  readonly compacted: number;
}

interface EventRow {
  readonly current: number;
  readonly compacted: number;
  readonly revision: number | null;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly type: StoreEvent['type'];
  readonly previous_revision: number;
  readonly body: string | null;
  readonly previous_body: string | null;
}

/** With bodies of 10 KB, written twice an event, a page is some 10 MB. */
export const eventsPerPage = 500;

const readText = `
  select r.current, r.compacted, e.*
  from sluice.revision r
  left join lateral (
    select revision, resource, namespace, name, type, previous_revision, body, previous_body
    from sluice.event
    where revision > $1 and revision <= $2 and ($3::text[] is null or exists (
      select from unnest($3::text[], $4::text[]) as watched (resource, namespace)
      where watched.resource = event.resource
        and (watched.namespace is null or watched.namespace = event.namespace)
    ))
    order by revision limit ${eventsPerPage}
  ) e on true
  order by e.revision`;

/**
 * Reads up to `eventsPerPage` events after `from` and up to `to`, of `ranges` or of everything.
 * @throws {StoreError} `Compacted` when events after `from` are no longer there, `Unavailable`
 */
export async function readLog(
  database: Database,
  from: number,
  to: number,
  ranges?: readonly Range[],
): Promise<LogPage> {
  const rows = await database.repeatable<EventRow>({
    name: 'sluice.log',
    text: readText,
    values: [
      from,
      to,
      ranges?.map(({ resource }) => resource) ?? null,
      ranges?.map(({ namespace }) => namespace ?? null) ?? null,
    ],
  });
  const first = rows[0];
  if (first === undefined) throw new Error('sluice.revision has no row');
  if (first.compacted > from) throw compacted(from, first.compacted);
  const events = rows.flatMap((row) => (row.revision === null ? [] : [eventOf(row, row.revision)]));
  return { events, current: first.current, compacted: first.compacted };
}

/** Where the record stands; a good deal cheaper than reading a log that has nothing new. */
export async function readHead(database: Database): Promise<Omit<LogPage, 'events'>> {
  const [head] = await database.repeatable<Omit<LogPage, 'events'>>({
    name: 'sluice.head',
    text: 'select current, compacted from sluice.revision',
  });
  if (head === undefined) throw new Error('sluice.revision has no row');
  return head;
}

/** The error of a reader that asks for history which is gone. */
export function compacted(asked: number, oldest: number): StoreError {
  return new StoreError('Compacted', `revision ${asked} was compacted, ${oldest} is known`, oldest);
}

/** The error of a reader that knows more than the record. */
export function futureRevision(asked: number, current: number): StoreError {
  const message = `revision ${asked} is not written yet, ${current} is the newest`;
  return new StoreError('FutureRevision', message, current);
}

function eventOf(row: EventRow, revision: number): StoreEvent {
  const { resource, namespace, name, type } = row;
  const previous = row.previous_body === null ? {} : { previousBody: row.previous_body };
  return {
    type,
    key: { resource, namespace, name },
    revision,
    previousRevision: row.previous_revision,
    // The log keeps the last body of a deleted object once.
    body: row.body ?? row.previous_body ?? '',
    ...previous,
  };
}
