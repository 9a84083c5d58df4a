import type {
  Entry,
  Key,
  ListOptions,
  Page,
  Range,
  Store,
  StoreEvent,
  WatchBatch,
  WatchOptions,
} from '../store.ts';
import type { ReadCache } from '../cache/read-cache.ts';
import { keyId, rangeId, type Loaded } from '../cache/read-cache.ts';
import { lookAgain, lookOnce } from '../shared-looks.ts';
import { compact } from './compaction.ts';
import type { Database } from './database.ts';
import { compacted, futureRevision } from './event-log.ts';
import { listStatement, type ListRow } from './list-statement.ts';
import type { Notifications } from './notifications.ts';
import { WatchHub } from './watch-hub.ts';
import { WriteBatcher, type Write, type Written } from './write-batcher.ts';

interface EntryRow {
  readonly revision: number;
  readonly create_revision: number;
  readonly body: string;
}

/** A larger range is not read as a whole only because a part of it was asked for. */
const maxFilled = 5_000;

/**
 * The record on PostgreSQL 14 or newer, whose schema is up to date.
 *
 * With a cache, what was read once is kept as new as the log, and each read first makes sure that the log was read after
 * it began: so it sees whatever was written before, by whichever process. Reads that share their looks do so together.
 */
export class PostgresStore implements Store {
  readonly #database: Database;
  readonly #writes: WriteBatcher;
  readonly #hub: WatchHub;
  readonly #cache: ReadCache | undefined;

  constructor(database: Database, notifications: Notifications, cache?: ReadCache) {
    this.#database = database;
    this.#cache = cache;
    this.#hub = new WatchHub(database, notifications, cache);
    this.#writes = new WriteBatcher(database, (writes) => this.#tell(writes));
  }

  async create(key: Key, body: string): Promise<Entry> {
    return await this.#write({ type: 'create', key, body });
  }

  async update(key: Key, body: string, expected: number): Promise<Entry> {
    return await this.#write({ type: 'update', key, body, expected });
  }

  async delete(key: Key, expected?: number): Promise<Entry> {
    const guard = expected === undefined ? {} : { expected };
    return await this.#write({ type: 'delete', key, ...guard });
  }

  async get(key: Key): Promise<Entry | undefined> {
    const cache = this.#cache;
    if (cache === undefined) return await this.#readEntry(key);
    await this.#hub.start();
    const id = keyId(key);
    if (cache.has(id)) await this.#lookOnce();
    const known = cache.find(id);
    if (known !== undefined) return known.entries[0];
    const { entries } = await cache.load(id, async () => {
      const entry = await this.#readEntry(key);
      const found = entry === undefined ? [] : [entry];
      return { entries: found, revision: entry?.revision ?? 0, isWhole: true };
    });
    return entries[0];
  }

  async list(range: Range, options: ListOptions = {}): Promise<Page> {
    const cache = this.#cache;
    if (cache === undefined) return await this.#readPage(range, options);
    await this.#hub.start();
    const id = rangeId(range);
    if (options.revision === undefined && cache.has(id)) await this.#lookOnce();
    const known = this.#knownPage(cache, id, options);
    if (known !== undefined) return known;
    if (options.after !== undefined || options.revision !== undefined)
      return await this.#readPage(range, options);
    const { page } = await cache.load(id, () => this.#loadPage(range, options));
    if (page.remaining > 0) this.#fill(cache, range, page);
    return page;
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

  async #write(write: Write): Promise<Entry> {
    try {
      return await this.#writes.write(write);
    } finally {
      lookAgain();
    }
  }

  async #lookOnce(): Promise<void> {
    await lookOnce(() => this.#hub.caughtUp());
  }

  #knownPage(cache: ReadCache, id: string, options: ListOptions): Page | undefined {
    const range = cache.find(id);
    if (range === undefined) return undefined;
    const { position, compacted: forgotten } = this.#hub;
    const newest = Math.max(position, range.revision);
    const { revision = newest } = options;
    const isUnchanged = revision >= range.revision && revision <= newest && revision >= forgotten;
    return isUnchanged ? range.page(revision, options) : undefined;
  }

  async #readEntry(key: Key): Promise<Entry | undefined> {
    const [row] = await this.#database.repeatable<EntryRow>({
      name: 'sluice.get',
      text: 'select revision, create_revision, body from sluice.object where resource = $1 and namespace = $2 and name = $3',
      values: [key.resource, key.namespace, key.name],
    });
    return row && entryOf(key, row);
  }

  async #readPage(range: Range, options: ListOptions): Promise<Page> {
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

  async #loadPage(range: Range, options: ListOptions): Promise<Loaded & { readonly page: Page }> {
    const page = await this.#readPage(range, options);
    return { ...page, isWhole: page.remaining === 0, page };
  }

  /** Whoever lists in pages lists again: the rest is read in the background. */
  #fill(cache: ReadCache, range: Range, { entries, remaining }: Page): void {
    if (entries.length < 2 || entries.length + remaining > maxFilled) return;
    const { logger } = this.#database;
    cache
      .load(rangeId(range), () => this.#loadPage(range, {}))
      .catch((error: unknown) => logger.debug('a range was not read ahead', { error }));
  }

  /** Hands what was written here to the watchers and the cache at once, as far as what it replaced is known. */
  #tell(writes: readonly Written[]): void {
    const cache = this.#cache;
    if (cache === undefined) return;
    for (const { write, entry } of writes) {
      const event = eventOf(write, entry, cache);
      if (event === undefined) return;
      this.#hub.offer(event);
      if (write.type === 'create' && this.#hub.position === entry.revision)
        cache.keepCreated(entry);
    }
  }
}

function eventOf(
  { type, expected }: Write,
  { key, revision, body }: Entry,
  cache: ReadCache,
): StoreEvent | undefined {
  if (type === 'create') return { type, key, revision, previousRevision: 0, body };
  if (expected === undefined) return undefined;
  const previousBody = type === 'delete' ? body : cache.bodyAt(key, expected);
  if (previousBody === undefined) return undefined;
  return { type, key, revision, previousRevision: expected, body, previousBody };
}

function entryOf(key: Key, row: EntryRow): Entry {
  return {
    key,
    revision: row.revision,
    createRevision: row.create_revision,
    body: row.body,
  };
}
