import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { Client } from 'pg';

import { poolConfig, type DatabaseConnection } from '#src/lib/database-connection.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { startEmbeddedServer, type EmbeddedServer } from '#src/store/embedded/server.ts';

/** A real PostgreSQL of the test file's own, in a temporary directory that goes with it. */
export interface TestDatabase extends AsyncDisposable {
  readonly server: EmbeddedServer;
  /** An empty database. */
  readonly connection: DatabaseConnection;
  /** Makes a further empty database on the same server, in some 50 ms. */
  createDatabase(): Promise<DatabaseConnection>;
  stop(): Promise<void>;
}

/**
 * Starts an embedded PostgreSQL (under a second) with an empty database. Close what is connected to it, then stop it.
 * @param options.binDir programs of another PostgreSQL, see `systemPostgres`
 */
export async function startTestDatabase(
  options: { readonly binDir?: string } = {},
): Promise<TestDatabase> {
  const binDir = options.binDir === undefined ? {} : { binDir: options.binDir };
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'sluice-pg-'));
  // Where the tests run as root, PostgreSQL runs as another user.
  await chmod(dataDir, 0o711);
  const server = await startEmbeddedServer({ ...binDir, dataDir, logger: silentLogger });
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(dataDir, { recursive: true, force: true });
  };
  const createDatabase = (): Promise<DatabaseConnection> => create(server.connection);
  return {
    server,
    connection: await createDatabase(),
    createDatabase,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** How a program is told of a database on such a server. */
export function urlOf(connection: DatabaseConnection): string {
  if ('connectionString' in connection) return connection.connectionString;
  const { host, user, database } = connection;
  return `postgresql:///${database}?host=${encodeURIComponent(host)}&user=${user}`;
}

/** Folder of the newest PostgreSQL that the system has installed, where it has one. */
export function systemPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const versions = readdirSync(root).toSorted((a, b) => Number(b) - Number(a));
  return versions
    .map((version) => path.join(root, version, 'bin'))
    .find((bin) => existsSync(path.join(bin, 'initdb')));
}

/** The servers that suites of the store run on: the embedded one and the system's, where there is one. */
export const servers: readonly { readonly name: string; readonly binDir?: string }[] = [
  { name: 'the embedded PostgreSQL' },
  ...[systemPostgres()].flatMap((binDir) =>
    binDir === undefined ? [] : [{ name: `PostgreSQL in ${binDir}`, binDir }],
  ),
];

/** Runs one statement on a connection of its own, for tests that look or reach behind the store. */
export async function sql<Row extends object>(
  connection: DatabaseConnection,
  text: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new Client(poolConfig(connection, 'test'));
  await client.connect();
  try {
    return (await client.query<Row>(text, [...values])).rows;
  } finally {
    await client.end();
  }
}

async function create(on: DatabaseConnection): Promise<DatabaseConnection> {
  if ('connectionString' in on) throw new Error('the embedded server is reached by its parts');
  const database = `test_${randomBytes(6).toString('hex')}`;
  await sql(on, `create database ${database}`);
  return { ...on, database };
}
