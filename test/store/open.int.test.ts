import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { silentLogger, type LogData } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { openRecord } from '#src/store/open.ts';
import type { Key } from '#src/store/store.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

import { collect, eventually } from './watching.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const logger = silentLogger;

test('many processes that open a new database at once migrate it once', async () => {
  const connection = await database.createDatabase();
  const records = await Promise.all(
    Array.from({ length: 5 }, () => openRecord({ connection, logger, maxConnections: 2 })),
  );
  await Promise.all(
    records.map((record, i) =>
      record.store.create({ resource: 'x', namespace: '', name: `${i}` }, ''),
    ),
  );
  expect(await records[0]!.store.currentRevision()).toBe(5);
  await Promise.all(records.map((record) => record.close()));
});

test('a database that a newer Sluice migrated is not touched', async () => {
  const connection = await database.createDatabase();
  await (await openRecord({ connection, logger })).close();
  await sql(connection, 'insert into sluice.schema_version (version) values (99)');
  await expect(openRecord({ connection, logger })).rejects.toThrow(/schema version 99.*newer/);
});

test('a database whose text is not UTF-8 is refused', async () => {
  const admin = database.server.connection;
  await sql(admin, "create database latin encoding 'LATIN1' template template0 locale 'C'");
  const connection = { ...database.connection, database: 'latin' };
  await expect(openRecord({ connection, logger })).rejects.toThrow(/encoding LATIN1/);
});

test('a database that is away is said to be unavailable', async () => {
  const connection = { host: '/nowhere', port: 5432, user: 'x', database: 'x' };
  await expect(openRecord({ connection, logger })).rejects.toMatchObject({ code: 'Unavailable' });
});

test('writes under way are answered before the record closes', async () => {
  const connection = await database.createDatabase();
  const record = await openRecord({ connection, logger });
  const writes = Array.from({ length: 200 }, (_, i) =>
    record.store.create({ resource: 'x', namespace: '', name: `${i}` }, ''),
  );
  await record.close();
  expect(await Promise.all(writes)).toHaveLength(200);
});

test('a watch ends with an error when the record closes', async () => {
  const connection = await database.createDatabase();
  const record = await openRecord({ connection, logger });
  const watching = collect(record.store, 0, 100);
  const [outcome] = await Promise.allSettled([watching, record.close()]);
  expect(outcome).toMatchObject({
    status: 'rejected',
    reason: { message: 'the record was closed' },
  });
});

test('old events are forgotten by themselves, and young ones kept', async () => {
  const connection = await database.createDatabase();
  await using record = await openRecord({ connection, logger, keepEventsMs: 600 });
  const { store } = record;
  const key = { resource: 'x', namespace: '', name: 'a' };
  let { revision } = await store.create(key, '');
  const first = revision;
  await eventually(async () => {
    ({ revision } = await store.update(key, '', revision));
    await expect(collect(store, first - 1, revision)).rejects.toMatchObject({ code: 'Compacted' });
  });
  const events = await collect(store, revision - 1, revision);
  expect(events).toHaveLength(1);
});

test('cursors remember where a reader stands', async () => {
  const connection = await database.createDatabase();
  await using record = await openRecord({ connection, logger });
  expect(await record.cursors.get('triggers')).toBeUndefined();
  await record.cursors.set('triggers', 41);
  await record.cursors.set('triggers', 40);
  await record.cursors.set('others', 7);
  expect(await record.cursors.get('triggers')).toBe(40);
});

describe('a record that was restored from a backup', () => {
  test('sends watchers that know more back to the start', async () => {
    const connection = await database.createDatabase();
    await using record = await openRecord({ connection, logger });
    const key = { resource: 'x', namespace: '', name: 'a' };
    const { revision } = await record.store.create(key, '');
    await record.store.update(key, '', revision);
    const watching = collect(record.store, 0, 100);
    const outcome = watching.catch((error: unknown) => error);
    await eventually(async () => {
      expect(await collect(record.store, 0, revision + 1)).toHaveLength(2);
    });
    await sql(connection, 'delete from sluice.event where revision > 1');
    await sql(connection, 'update sluice.revision set current = 1');
    expect(await outcome).toMatchObject({ code: 'Compacted' });
  });
});

test('a new encryption key in front takes over everything, without anybody waiting for it', async () => {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-open-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  const keyFile = path.join(directory, 'encryption.key');
  const connection = await database.createDatabase();
  const sealing = { resources: ['secrets'], keyFile };
  const names = Array.from({ length: 250 }, (_, i) => `s${i}`);
  {
    await using record = await openRecord({ connection, logger, sealing });
    await Promise.all(
      names.map((name) =>
        record.objects.create<KubeObject>(secretOf(name), { metadata: { name } }),
      ),
    );
  }
  const old = await readFile(keyFile, 'utf8');
  const young = randomBytes(32).toString('base64');
  await writeFile(keyFile, `${young}\n${old}`);
  const said: LogData[] = [];
  {
    const info = (_: string, data: LogData = {}): number => said.push(data);
    await using _ = await openRecord({ connection, logger: { ...logger, info }, sealing });
    await eventually(async () => {
      expect(said).toEqual([
        { objects: 250, events: 500, key: expect.stringMatching(/^[0-9a-f]{8}$/) },
      ]);
    });
  }
  await writeFile(keyFile, young);
  await using record = await openRecord({ connection, logger, sealing });
  const { items } = await record.objects.list({ resource: 'secrets' });
  expect(new Set(items.map(({ metadata }) => metadata.name))).toEqual(new Set(names));
});

function secretOf(name: string): Key {
  return { resource: 'secrets', namespace: 'shop', name };
}
