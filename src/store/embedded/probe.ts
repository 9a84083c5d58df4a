import { Client } from 'pg';

import { poolConfig, type DatabaseConnection } from '#src/lib/database-connection.ts';

/** Who serves a data directory. */
export interface ServerIdentity {
  /** Process id of the postmaster. */
  readonly pid: number;
  /** Process id of the Sluice that started it. */
  readonly owner?: number;
}

/** Asks the server behind a socket who it is; `undefined` when nobody answers (yet, or any more). */
export async function askServer(
  connection: DatabaseConnection,
): Promise<ServerIdentity | undefined> {
  const client = new Client({
    ...poolConfig(connection, 'probe'),
    connectionTimeoutMillis: 5_000,
    query_timeout: 5_000,
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ lock: string; cluster: string }>(
      "select pg_read_file('postmaster.pid', 0, 20) lock, current_setting('cluster_name') cluster",
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    const owner = /^sluice-(\d+)$/.exec(row.cluster)?.[1];
    const pid = Number.parseInt(row.lock, 10);
    return owner === undefined ? { pid } : { pid, owner: Number(owner) };
  } catch {
    return undefined;
  } finally {
    await client.end().catch(() => undefined);
  }
}
