import type {
  Entry,
  Key,
  ListOptions,
  Page,
  Range,
  Store,
  WatchBatch,
  WatchOptions,
} from '../store.ts';
import { compact } from './compaction.ts';
import type { Database } from './database.ts';
import { compacted, futureRevision } from './event-log.ts';
import { listStatement, type ListRow } from './list-statement.ts';
import type { Notifications } from './notifications.ts';
import { WatchHub } from './watch-hub.ts';
import { WriteBatcher } from './write-batcher.ts';

interface EntryRow {
  readonly revision: number;
  readonly create_revision: number;
  readonly body: string;
}

/** The record on PostgreSQL 14 or newer, whose schema is up to date. */
export class PostgresStore implements Store {
  readonly #database: Database;
  readonly #writes: WriteBatcher;
  readonly #hub: WatchHub;

  constructor(database: Database, notifications: Notifications) {
    this.#database = database;
    this.#writes = new WriteBatcher(database);
    this.#hub = new WatchHub(database, notifications);
  }

  async create(key: Key, body: string): Promise<Entry> {
    return await this.#writes.write({ type: 'create', key, body });
  }

  async update(key: Key, body: string, expected: number): Promise<Entry> {
    return await this.#writes.write({ type: 'update', key, body, expected });
  }

  async delete(key: Key, expected?: number): Promise<Entry> {
    const guard = expected === undefined ? {} : { expected };
    return await this.#writes.write({ type: 'delete', key, ...guard });
  }

  async get(key: Key): Promise<Entry | undefined> {
    const [row] = await this.#database.repeatable<EntryRow>({
      name: 'sluice.get',
      text: 'select revision, create_revision, body from sluice.object where resource = $1 and namespace = $2 and name = $3',
      values: [key.resource, key.namespace, key.name],
    });
    return row && entryOf(key, row);
  }

  async list(range: Range, options: ListOptions = {}): Promise<Page> {
    const rows = await this.#database.repeatable<ListRow>(listStatement(range, options));
    const first = rows[0];
    if (first === undefined) throw new Error('sluice.revision has no row');
    const revision = options.revision ?? first.current;
    if (revision > first.current) throw futureRevision(revision, first.current);
    if (revision < first.compacted && options.revision !== undefined)
      throw compacted(revision, first.compacted);
    const { resource } = range;
    const entries = rows.flatMap((row) =>
      row.name === null
        ? []
        : [entryOf({ resource, namespace: row.namespace, name: row.name }, row)],
    );
    const remaining = first.behind === null ? 0 : first.behind - entries.length;
    return { revision, entries, remaining };
  }

  async currentRevision(): Promise<number> {
    const [row] = await this.#database.repeatable<{ current: number }>({
      name: 'sluice.current',
      text: 'select current from sluice.revision',
    });
    if (row === undefined) throw new Error('sluice.revision has no row');
    return row.current;
  }

  watch(options: WatchOptions): AsyncIterable<WatchBatch> {
    return this.#hub.watch(options);
  }

  async compact(revision: number): Promise<void> {
    await compact(this.#database, revision);
    this.#hub.forgetUpTo(revision);
  }

  /** Answers the writes that were asked for; call it before the database is closed. */
  async drain(): Promise<void> {
    await this.#writes.drain();
  }

  /** Resolves when the watches have ended; the database must be closing. */
  async ended(): Promise<void> {
    await this.#hub.ended();
  }
}

function entryOf(key: Key, row: EntryRow): Entry {
  return {
    key,
    revision: row.revision,
    createRevision: row.create_revision,
    body: row.body,
  };
}
