import { StoreError, type Entry, type Key, type StoreErrorCode } from '../store.ts';
import type { Database } from './database.ts';
import { isUnavailable, toStoreError } from './errors.ts';

/** A write as it is asked for; `expected` is absent where any revision will do. */
export interface Write {
  readonly type: 'create' | 'update' | 'delete';
  readonly key: Key;
  readonly expected?: number;
  readonly body?: string;
}

/** A write that was done. */
export interface Written {
  readonly write: Write;
  readonly entry: Entry;
}

interface Waiting {
  readonly write: Write;
  readonly resolve: (entry: Entry) => void;
  readonly reject: (error: Error) => void;
}

interface AppliedRow {
  readonly ordinal: number;
  readonly error: StoreErrorCode | null;
  readonly revision: number | null;
  readonly create_revision: number | null;
  readonly body: string | null;
}

/** Larger batches win little and keep the revision row locked for longer. */
const maxWrites = 64;
const maxBytes = 4 * 1024 * 1024;

/**
 * Group commit: what is asked for while one transaction is on its way goes into the next one together, so that the
 * lock on the revision row and the fsync are paid once for all. Measured with 16 writers: 1.6 times the speed of a
 * transaction each, 4.5 times on a slow disk; for writers of one object there is no queue for its row lock at all.
 */
export class WriteBatcher {
  readonly #database: Database;
  readonly #tell: (written: readonly Written[]) => void;
  readonly #waiting: Waiting[] = [];
  #flushing: Promise<void> | undefined;

  /** @param tell is told of what was written, in order, before the writers are */
  constructor(database: Database, tell: (written: readonly Written[]) => void) {
    this.#database = database;
    this.#tell = tell;
  }

  /** @throws {StoreError} `KeyExists`, `KeyNotFound`, `Conflict`, `Unavailable` */
  async write(write: Write): Promise<Entry> {
    return await new Promise<Entry>((resolve, reject) => {
      this.#waiting.push({ write, resolve, reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Resolves when everything asked for so far has been answered. */
  async drain(): Promise<void> {
    await this.#flushing;
  }

  async #flush(): Promise<void> {
    // Whatever is asked for in this turn of the event loop belongs into the first batch.
    await new Promise(setImmediate);
    while (this.#waiting.length > 0) {
      await this.#apply(this.#take());
    }
    this.#flushing = undefined;
  }

  #take(): Waiting[] {
    let bytes = 0;
    const fits = this.#waiting.findIndex(({ write }, index) => {
      bytes += write.body?.length ?? 0;
      return index > 0 && (index >= maxWrites || bytes > maxBytes);
    });
    return this.#waiting.splice(0, fits === -1 ? this.#waiting.length : fits);
  }

  async #apply(batch: readonly Waiting[]): Promise<void> {
    try {
      const rows = await this.#database.once<AppliedRow>(applyStatement(batch));
      this.#tell(writtenOf(batch, rows));
      for (const row of rows) {
        const waiting = batch[row.ordinal - 1];
        if (waiting === undefined) continue;
        if (row.error === null) waiting.resolve(entryOf(waiting.write, row));
        else waiting.reject(refusal(waiting.write, row.error, row.revision));
      }
    } catch (error) {
      const failure = toStoreError(error);
      // A write that PostgreSQL cannot take (a zero byte in a name) must not fail those it was put together with.
      if (batch.length > 1 && !isUnavailable(failure)) {
        for (const waiting of batch) await this.#apply([waiting]);
        return;
      }
      for (const waiting of batch) waiting.reject(failure);
    }
  }
}

function applyStatement(batch: readonly Waiting[]): {
  name: string;
  text: string;
  values: unknown[];
} {
  const writes = batch.map(({ write }) => write);
  return {
    name: 'sluice.apply',
    text: 'select * from sluice.apply($1, $2, $3, $4, $5, $6)',
    values: [
      writes.map(({ type }) => type),
      writes.map(({ key }) => key.resource),
      writes.map(({ key }) => key.namespace),
      writes.map(({ key }) => key.name),
      writes.map(({ expected }) => expected ?? null),
      writes.map(({ body }) => body ?? null),
    ],
  };
}

function writtenOf(batch: readonly Waiting[], rows: readonly AppliedRow[]): Written[] {
  return rows.flatMap((row) => {
    const write = batch[row.ordinal - 1]?.write;
    return write === undefined || row.error !== null ? [] : [{ write, entry: entryOf(write, row) }];
  });
}

function entryOf(write: Write, row: AppliedRow): Entry {
  return {
    key: write.key,
    revision: row.revision ?? 0,
    createRevision: row.create_revision ?? 0,
    body: write.body ?? row.body ?? '',
  };
}

function refusal(write: Write, code: StoreErrorCode, revision: number | null): StoreError {
  const { resource, namespace, name } = write.key;
  const what = `${resource} "${namespace === '' ? name : `${namespace}/${name}`}"`;
  if (code === 'KeyExists') return new StoreError(code, `${what} exists`, revision ?? undefined);
  if (code === 'KeyNotFound') return new StoreError(code, `${what} does not exist`);
  const message = `${what} is at revision ${revision}, not ${write.expected}`;
  return new StoreError(code, message, revision ?? undefined);
}
