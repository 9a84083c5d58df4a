import {
  Client,
  Pool,
  types,
  type CustomTypesConfig,
  type PoolClient,
  type QueryResultRow,
} from 'pg';

import { backoffMs } from '#src/lib/backoff.ts';
import { reasonOf, type Clock } from '#src/lib/clock.ts';
import { poolConfig, type DatabaseConnection } from '#src/lib/database-connection.ts';
import type { Logger } from '#src/lib/logger.ts';

import { StoreError } from '../store.ts';
import { isUnavailable, toStoreError } from './errors.ts';

/** A statement; one with a name is prepared once per connection. */
export interface Statement {
  readonly text: string;
  readonly name?: string;
  readonly values?: readonly unknown[];
}

/** Runs a statement within one transaction and answers with its rows. */
export type Query = <Row extends QueryResultRow>(statement: Statement) => Promise<Row[]>;

export interface DatabaseOptions {
  readonly connection: DatabaseConnection;
  readonly logger: Logger;
  readonly clock: Clock;
  /** Most connections of the pool. */
  readonly maxConnections: number;
}

/** How long a statement may take, so that a stuck session cannot hold the revision row against every writer. */
const timeouts = {
  statement_timeout: 30_000,
  idle_in_transaction_session_timeout: 10_000,
  // Our own limit, for a server that vanished without closing the connection.
  query_timeout: 35_000,
  connectionTimeoutMillis: 5_000,
};

/** A restart of PostgreSQL takes a second or two; reads and new connections wait for it rather than fail. */
const retryForMs = 3_000;
const retryBackoff = { baseMs: 25, capMs: 400 };

type TypeId = Parameters<typeof types.getTypeParser>[0];

/** Reads int8 as a number: revisions and milliseconds stay below 2^53. Only for our statements; the pool may be shared. */
const numbers: CustomTypesConfig = {
  getTypeParser: ((oid: TypeId, format?: 'text' | 'binary') =>
    oid === types.builtins.INT8
      ? Number
      : types.getTypeParser(oid, format ?? 'text')) as typeof types.getTypeParser,
};

/** A pool that tells a database that is away (`StoreError` `Unavailable`) from a statement that is wrong. */
export class Database {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #connection: DatabaseConnection;
  readonly #pool: Pool;
  readonly #closing = new AbortController();
  readonly #underway = new Set<Promise<unknown>>();

  constructor({ connection, logger, clock, maxConnections }: DatabaseOptions) {
    this.#connection = connection;
    this.logger = logger;
    this.clock = clock;
    this.#pool = new Pool({
      ...poolConfig(connection, 'store'),
      ...timeouts,
      max: maxConnections,
    });
    // One that breaks between two statements of its borrower would end the process; the next statement fails anyway.
    this.#pool.on('connect', (client) => client.on('error', () => undefined));
    // An idle connection that breaks is replaced by the pool; nobody waits for it.
    this.#pool.on('error', (error) => logger.debug('database connection lost', { error }));
  }

  /** Aborted when the database is being closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /**
   * Runs a statement once: it is sent at most once, so after `Unavailable` it may or may not have been done.
   * @throws {StoreError} `Unavailable`
   */
  async once<Row extends QueryResultRow>(statement: Statement): Promise<Row[]> {
    return await this.#untilDone(async () => {
      const client = await this.#connect();
      return await lend(client, () => run<Row>(client, statement));
    });
  }

  /**
   * Runs a statement that changes nothing, or nothing more when it is run again; tries for some seconds.
   * @throws {StoreError} `Unavailable`
   */
  async repeatable<Row extends QueryResultRow>(statement: Statement): Promise<Row[]> {
    return await this.#untilDone(() =>
      this.#retry(async () => {
        const client = await this.#pool.connect();
        return await lend(client, () => run<Row>(client, statement));
      }),
    );
  }

  /**
   * Runs statements in one transaction; commits when `work` resolves.
   * @throws {StoreError} `Unavailable`
   */
  async transaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return await this.#untilDone(async () => {
      const client = await this.#connect();
      return await lend(client, () => inTransaction(client, work));
    });
  }

  /**
   * As `transaction`, for one that leaves the same behind when it is run again; tries for some seconds.
   * @throws {StoreError} `Unavailable`
   */
  async repeatableTransaction<T>(work: (query: Query) => Promise<T>): Promise<T> {
    return await this.#untilDone(() =>
      this.#retry(async () => {
        const client = await this.#pool.connect();
        return await lend(client, () => inTransaction(client, work));
      }),
    );
  }

  /**
   * A connection outside the pool, for LISTEN and session locks; the caller connects and ends it.
   * @param timeoutMs how long a statement may take
   */
  dedicatedClient(purpose: string, timeoutMs = timeouts.statement_timeout): Client {
    return new Client({
      ...poolConfig(this.#connection, purpose),
      connectionTimeoutMillis: timeouts.connectionTimeoutMillis,
      statement_timeout: timeoutMs,
      query_timeout: timeoutMs,
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort(new Error('the record was closed'));
    // A pool that is ended leaves those who wait for a connection to their timeout.
    await Promise.allSettled(this.#underway);
    await this.#pool.end();
  }

  /** `close` waits for work that has begun, and begins no more. */
  async #untilDone<T>(work: () => Promise<T>): Promise<T> {
    if (this.closing.aborted) throw new StoreError('Unavailable', reasonOf(this.closing).message);
    const running = work();
    this.#underway.add(running);
    try {
      return await running;
    } finally {
      this.#underway.delete(running);
    }
  }

  /** Connecting sends nothing, so it may be tried again. */
  async #connect(): Promise<PoolClient> {
    return await this.#retry(() => this.#pool.connect());
  }

  async #retry<T>(work: () => Promise<T>): Promise<T> {
    const deadline = this.clock.now() + retryForMs;
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await work();
      } catch (error) {
        const translated = toStoreError(error);
        const isHopeless = !isUnavailable(translated) || this.closing.aborted;
        if (isHopeless || this.clock.now() >= deadline) throw translated;
        await this.clock.sleep(backoffMs(retryBackoff, attempt, Math.random));
      }
    }
  }
}

async function run<Row extends QueryResultRow>(
  client: PoolClient,
  { text, name, values = [] }: Statement,
): Promise<Row[]> {
  const named = name === undefined ? {} : { name };
  // Without values the simple protocol is used, which takes several statements in one text.
  const withValues = values.length === 0 ? {} : { values: [...values] };
  const result = await client.query<Row>({ text, ...named, ...withValues, types: numbers });
  return result.rows;
}

async function inTransaction<T>(
  client: PoolClient,
  work: (query: Query) => Promise<T>,
): Promise<T> {
  await client.query('begin');
  try {
    const result = await work((statement) => run(client, statement));
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch(() => undefined);
    throw error;
  }
}

/** Gives the connection back; one that broke, or still runs a statement that timed out here, is closed instead. */
async function lend<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  try {
    const result = await work();
    client.release();
    return result;
  } catch (error) {
    const translated = toStoreError(error);
    client.release(isUnavailable(translated));
    throw translated;
  }
}
