import { systemClock, type Clock } from '#src/lib/clock.ts';
import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import type { Logger } from '#src/lib/logger.ts';

import { ReadCache } from './cache/read-cache.ts';
import type { Contents } from './contents.ts';
import { Cursors } from './cursor.ts';
import { keepHouse } from './housekeeping.ts';
import { JsonObjects, type Sealing } from './json-objects.ts';
import { Leader } from './leader.ts';
import type { Ledger } from './ledger.ts';
import type { Mailbox } from './mailbox.ts';
import type { Objects } from './objects.ts';
import { PostgresContents } from './postgres-contents.ts';
import { PostgresLedger } from './postgres-ledger.ts';
import { PostgresMailbox } from './postgres-mailbox.ts';
import { PostgresRegistries } from './postgres-registries.ts';
import type { Registries } from './registries.ts';
import { Database } from './postgres/database.ts';
import { migrate } from './postgres/migrations.ts';
import { Notifications } from './postgres/notifications.ts';
import { PostgresStore } from './postgres/postgres-store.ts';
import { resealLog } from './postgres/reseal-log.ts';
import { reseal } from './reseal.ts';
import { rotateKeyFile } from './rotate.ts';
import { createKeyFile, readKeyFile, SealError } from './seal.ts';
import type { Store } from './store.ts';

export interface RecordOptions {
  readonly connection: DatabaseConnection;
  readonly logger: Logger;
  /** The clock of this process when absent. */
  readonly clock?: Clock;
  /** The time of the schedule in milliseconds since the epoch; the database's own when absent. */
  readonly ledgerNow?: () => number;
  /** Resources to encrypt (`secrets`) and the file with the keys, made when nothing is sealed yet; none when absent. */
  readonly sealing?: { readonly resources: readonly string[]; readonly keyFile: string };
  /** Most connections of the pool, 10 when absent; three more are used outside it. */
  readonly maxConnections?: number;
  /** Whether to keep what was read in memory, some 100 MiB at most, and follow every write for it; true when absent. */
  readonly cacheReads?: boolean;
  /** How long events can be watched from, in milliseconds; an hour when absent. */
  readonly keepEventsMs?: number;
}

/** Everything that is kept in one PostgreSQL database. */
export interface RecordDatabase extends AsyncDisposable {
  readonly connection: DatabaseConnection;
  readonly store: Store;
  readonly objects: Objects;
  readonly mailbox: Mailbox;
  readonly ledger: Ledger;
  readonly registries: Registries;
  readonly contents: Contents;
  readonly leader: Leader;
  readonly cursors: Cursors;
  /**
   * What time it is there, in milliseconds since the epoch.
   * @throws {StoreError} `Unavailable`
   */
  time(): Promise<number>;
  /**
   * Seals with a new key from now on, and in the background what is there.
   * @returns the id of the key
   * @throws {SealError} `BadKeyFile` when there is no key file, or it cannot be changed
   */
  rotateEncryptionKey(): Promise<string>;
  /** Answers the writes under way, ends watches with an error, and closes all connections. */
  close(): Promise<void>;
}

const defaultMaxConnections = 10;
const defaultKeepEventsMs = 60 * 60_000;

/**
 * Opens the record and brings its schema up to date.
 * @throws {StoreError} `Unavailable`
 * @throws {SealError} when secrets are there and the key to them is not
 */
export async function openRecord(options: RecordOptions): Promise<RecordDatabase> {
  const { connection, logger, clock = systemClock } = options;
  const maxConnections = options.maxConnections ?? defaultMaxConnections;
  const database = new Database({ connection, logger, clock, maxConnections });
  try {
    await migrate(database);
    const sealing = options.sealing && (await openSealing(database, options.sealing));
    return assemble(options, database, sealing);
  } catch (error) {
    await database.close();
    throw error;
  }
}

function assemble(
  options: RecordOptions,
  database: Database,
  sealing: Sealing | undefined,
): RecordDatabase {
  const { connection, logger, cacheReads = true, keepEventsMs = defaultKeepEventsMs } = options;
  const notifications = new Notifications(database);
  const store = new PostgresStore(
    database,
    notifications,
    cacheReads ? new ReadCache() : undefined,
  );
  const housekeeping = keepHouse(database, keepEventsMs).catch((error: unknown) =>
    logger.error('housekeeping ended', { error }),
  );
  let resealing = resealed();
  function resealed(): Promise<void> {
    if (sealing === undefined) return Promise.resolve();
    return resealAll(store, database, sealing, logger).catch((error: unknown) =>
      logger.error('cannot seal with the new encryption key', { error }),
    );
  }
  let closed: Promise<void> | undefined;
  async function close(): Promise<void> {
    await store.drain();
    await database.close();
    await Promise.all([store.ended(), notifications.ended(), housekeeping, resealing]);
  }
  const record = {
    connection,
    store,
    objects: new JsonObjects(store, sealing),
    mailbox: new PostgresMailbox(database, notifications),
    ledger: new PostgresLedger(database, options.ledgerNow),
    registries: new PostgresRegistries(database, notifications),
    contents: new PostgresContents(database, notifications),
    leader: new Leader(database),
    cursors: new Cursors(database),
    time: () => timeOf(database),
    async rotateEncryptionKey() {
      const { keyFile = '' } = options.sealing ?? {};
      if (sealing === undefined) throw new SealError('BadKeyFile', 'nothing is encrypted here');
      await rotateKeyFile(keyFile, sealing.keys);
      resealing = resealing.then(resealed);
      return sealing.keys.currentId;
    },
    close: () => (closed ??= close()),
  };
  return { ...record, [Symbol.asyncDispose]: record.close };
}

async function timeOf(database: Database): Promise<number> {
  const [row] = await database.once<{ now: number }>({
    name: 'sluice.time',
    text: 'select sluice.now_ms() as now',
  });
  return row?.now ?? 0;
}

/** Objects first: each that is sealed anew leaves its old body in the log. */
async function resealAll(
  store: Store,
  database: Database,
  sealing: Sealing,
  logger: Logger,
): Promise<void> {
  const { closing } = database;
  const objects = await reseal(store, sealing, closing);
  const events = await resealLog(database, sealing.resources, sealing.keys);
  if (objects + events === 0 || closing.aborted) return;
  const key = sealing.keys.currentId;
  logger.info('everything is sealed with the new encryption key', { objects, events, key });
}

/** A new key is made only where it can do no harm: nothing is sealed with a lost one. */
async function openSealing(
  database: Database,
  { resources, keyFile }: { readonly resources: readonly string[]; readonly keyFile: string },
): Promise<Sealing> {
  const used = await database.repeatable<{ key: string }>({
    text: `
      select distinct body::json -> 'sealed' ->> 'key' as key from sluice.object
      where resource = any ($1) and body like '{"sealed":%'`,
    values: [resources],
  });
  const ids = used.map(({ key }) => key);
  const existing = await readKeyFile(keyFile);
  if (existing === undefined && ids.length > 0) {
    const message = `the record has secrets sealed with encryption key ${ids.join(', ')}, and the key file ${keyFile} is gone; put it back`;
    throw new SealError('UnknownKey', message);
  }
  const keys = existing ?? (await createKeyFile(keyFile));
  keys.require(ids);
  return { resources: new Set(resources), keys };
}
