import { readFile } from 'node:fs/promises';

import type { Database } from './database.ts';

/** In order; a released one is never changed. */
const migrations = ['0001-record.sql', '0002-beside-the-record.sql'];

const createVersionTable = `
  create schema if not exists sluice;
  create table if not exists sluice.schema_version (
    version int primary key,
    applied_at timestamptz not null default now()
  )`;

/**
 * Brings the schema `sluice` up to date; processes that start together wait for one another.
 * @throws {Error} when the database was migrated by a newer Sluice
 */
export async function migrate(database: Database): Promise<void> {
  const texts = await Promise.all(
    migrations.map((file) => readFile(new URL(`migrations/${file}`, import.meta.url), 'utf8')),
  );
  await database.transaction(async (query) => {
    await query({ text: "select pg_advisory_xact_lock(hashtextextended('sluice.migrate', 0))" });
    await query({ text: 'set local statement_timeout = 0' });
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
