import type { DatabaseConnection } from '#src/lib/database-connection.ts';
import type { Logger } from '#src/lib/logger.ts';
import { embeddedConnection, startEmbeddedServer } from '#src/store/embedded/server.ts';
import { passwordsResource } from '#src/resources/users/password-records.ts';
import { signingKeysResource } from '#src/resources/serviceaccounts/signing-keys.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { StoreError } from '#src/store/store.ts';

import type { Config } from '../config.ts';
import { followDatabaseTime } from './process-time.ts';

/** What is encrypted at rest. */
const sealedResources: readonly string[] = ['secrets', passwordsResource, signingKeysResource];

/** The record, with the PostgreSQL under it where that is this process's own. */
export interface OpenedRecord {
  readonly record: RecordDatabase;
  close(): Promise<void>;
}

/**
 * Opens the record of a server: in the database of the configuration, else in a PostgreSQL that this process starts.
 * @throws {EmbeddedServerError} when that cannot be started
 * @throws {StoreError} when the database cannot be reached
 */
export async function openOwnRecord(config: Config, logger: Logger): Promise<OpenedRecord> {
  if (config.databaseUrl !== undefined)
    return opened(config, logger, { connectionString: config.databaseUrl }, true);
  const { dataDir } = config;
  const server = await startEmbeddedServer({ dataDir, logger });
  try {
    const own = await opened(config, logger, server.connection, true);
    return {
      record: own.record,
      close: async () => {
        await own.close();
        await server.stop();
      },
    };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

/**
 * Opens the record of a server for a worker beside it: in the database of the configuration, else in the PostgreSQL that
 * a server runs in the same data directory.
 * @throws {StoreError} when the database cannot be reached
 */
export async function joinRecord(config: Config, logger: Logger): Promise<OpenedRecord> {
  const { databaseUrl, dataDir } = config;
  // A worker reads too little of what it would have to follow.
  const cacheReads = false;
  if (databaseUrl !== undefined)
    return opened(config, logger, { connectionString: databaseUrl }, cacheReads);
  try {
    return await opened(config, logger, embeddedConnection(dataDir), cacheReads);
  } catch (cause) {
    if (!(cause instanceof StoreError && cause.code === 'Unavailable')) throw cause;
    const message = `no server runs in the data directory ${dataDir}; start "sluice serve" there, or name its database with --database-url`;
    throw new StoreError('Unavailable', message, undefined, { cause });
  }
}

async function opened(
  config: Config,
  logger: Logger,
  connection: DatabaseConnection,
  cacheReads: boolean,
): Promise<OpenedRecord> {
  const sealing = { resources: sealedResources, keyFile: config.encryptionKeyFile };
  const record = await openRecord({ connection, logger, sealing, cacheReads });
  try {
    const stopFollowing = await followDatabaseTime(record, logger);
    return {
      record,
      close: async () => {
        stopFollowing();
        await record.close();
      },
    };
  } catch (error) {
    await record.close();
    throw error;
  }
}
