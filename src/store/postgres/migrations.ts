import { readFile } from 'node:fs/promises';

import type { Database, Query } from './database.ts';

/** In order; a released one is never changed. */
const migrations = [
  '0001-record.sql',
  '0002-beside-the-record.sql',
  '0003-told-of.sql',
  '0004-held-digests.sql',
  '0005-shared-schedule.sql',
  '0006-access.sql',
  '0007-fetched-once.sql',
  '0008-people-first.sql',
];

/** `create schema if not exists` would ask for the right to create one even where an administrator has made it. */
const createVersionTable = `
  do $$ begin
    if to_regnamespace('sluice') is null then create schema sluice; end if;
  end $$;
  create table if not exists sluice.schema_version (
    version int primary key,
    applied_at timestamptz not null default now()
  )`;

/**
 * Brings the schema `sluice` up to date; processes that start together wait for one another.
 * @throws {Error} when the database was migrated by a newer Sluice, or is not PostgreSQL 14 or newer with UTF-8
 */
export async function migrate(database: Database): Promise<void> {
  const texts = await Promise.all(
    migrations.map((file) => readFile(new URL(`migrations/${file}`, import.meta.url), 'utf8')),
  );
  await database.repeatableTransaction(async (query) => {
    await query({ text: "select pg_advisory_xact_lock(hashtextextended('sluice.migrate', 0))" });
    await query({ text: 'set local statement_timeout = 0' });
    await checkServer(query);
    await query({ text: createVersionTable });
    const [row] = await query<{ version: number }>({
      text: 'select coalesce(max(version), 0) as version from sluice.schema_version',
    });
    const version = row?.version ?? 0;
    if (version > migrations.length) {
      throw new Error(
        `the database has schema version ${version} and this Sluice knows ${migrations.length}: run the newer Sluice that migrated it`,
      );
    }
    for (const [index, text] of texts.entries()) {
      if (index < version) continue;
      await query({ text });
      await query({
        text: 'insert into sluice.schema_version (version) values ($1)',
        values: [index + 1],
      });
    }
  });
}

async function checkServer(query: Query): Promise<void> {
  const [server] = await query<{ version: number; name: string; encoding: string }>({
    text: `
      select current_setting('server_version_num')::int as version,
        current_setting('server_version') as name, current_setting('server_encoding') as encoding`,
  });
  if (server === undefined) return;
  if (server.version < 140_000) {
    throw new Error(`the database is PostgreSQL ${server.name}; 14 or newer is needed`);
  }
  if (server.encoding !== 'UTF8') {
    throw new Error(`the database has encoding ${server.encoding}; UTF8 is needed`);
  }
}
