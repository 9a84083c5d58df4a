/** Where a PostgreSQL is: by URL (`postgres://user:password@host/database`), or by its parts, `host` being a directory for a unix socket. */
export type DatabaseConnection =
  | { readonly connectionString: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly database: string;
    };

/** What a node-postgres pool or client needs to reach a database; mutable, as its callers add their own settings. */
export interface PoolConfig {
  connectionString?: string;
  host?: string;
  port?: number;
  user?: string;
  database?: string;
  keepAlive: boolean;
  application_name: string;
}

/**
 * Settings for a node-postgres pool on this database.
 * @param purpose is shown as `application_name` in `pg_stat_activity`, behind `sluice `
 */
export function poolConfig(connection: DatabaseConnection, purpose: string): PoolConfig {
  return { ...connection, keepAlive: true, application_name: `sluice ${purpose}` };
}
