import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { ObjectEvent } from '#src/store/objects.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import { sql, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

interface Secret extends KubeObject {
  data: Record<string, string>;
}

let database: TestDatabase;
let directory: string;
let keyFile: string;
let record: RecordDatabase;

beforeAll(async () => {
  database = await startTestDatabase();
  directory = await mkdtemp(path.join(os.tmpdir(), 'sluice-objects-'));
  keyFile = path.join(directory, 'encryption.key');
  record = await open();
});
afterAll(async () => {
  await record.close();
  await database.stop();
  await rm(directory, { recursive: true });
});

function open(file = keyFile): Promise<RecordDatabase> {
  const sealing = { resources: ['secrets'], keyFile: file };
  return openRecord({ connection: database.connection, logger: silentLogger, sealing });
}
function keyOf(
  resource: string,
  name: string,
): { resource: string; namespace: string; name: string } {
  return { resource, namespace: 'shop', name };
}
function secretOf(name: string, password: string): Secret {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name, namespace: 'shop', labels: { team: 'a' } },
    data: { password },
  };
}

describe.for([{ resource: 'secrets' }, { resource: 'configmaps' }])(
  'objects of $resource',
  ({ resource }) => {
    test('the revision is the resourceVersion on the way out and the guard on the way in', async () => {
      const key = keyOf(resource, 'guarded');
      const created = await record.objects.create(key, secretOf('guarded', 'one'));
      const { resourceVersion } = created.metadata;
      expect(resourceVersion).toBe(String(await record.objects.currentRevision()));
      expect(await record.objects.get(key)).toEqual(created);
      const updated = await record.objects.update(key, { ...created, data: { password: 'two' } });
      await expect(record.objects.update(key, created)).rejects.toMatchObject({
        code: 'Conflict',
        revision: Number(updated.metadata.resourceVersion),
      });
      await expect(record.objects.delete(key, resourceVersion)).rejects.toMatchObject({
        code: 'Conflict',
      });
      const { items } = await record.objects.list({ resource, namespace: 'shop' });
      expect(items).toEqual([updated]);
      const deleted = await record.objects.delete<Secret>(key, updated.metadata.resourceVersion);
      expect(deleted.data).toEqual({ password: 'two' });
      expect(Number(deleted.metadata.resourceVersion)).toBeGreaterThan(
        Number(updated.metadata.resourceVersion),
      );
    });

    test('a watch shows objects with what they replaced, parsed once for all watchers', async () => {
      const from = await record.objects.currentRevision();
      const key = keyOf(resource, 'watched');
      const watching = [1, 2, 3].map(() => events(from, from + 3));
      const created = await record.objects.create(key, secretOf('watched', 'one'));
      const updated = await record.objects.update(key, { ...created, data: { password: 'two' } });
      const deleted = await record.objects.delete(key);
      const [seen, ...others] = await Promise.all(watching);
      expect(seen).toEqual([
        { type: 'create', key, revision: from + 1, object: created },
        { type: 'update', key, revision: from + 2, object: updated, previous: created },
        { type: 'delete', key, revision: from + 3, object: deleted, previous: updated },
      ]);
      for (const other of others) {
        for (const [index, event] of other.entries())
          expect(event.object).toBe(seen![index]!.object);
      }
    });
  },
);

describe('sealed resources', () => {
  test('neither objects nor log hold anything readable', async () => {
    await record.objects.create(keyOf('secrets', 'hidden'), secretOf('hidden', 'find-me'));
    await record.objects.create(keyOf('configmaps', 'shown'), secretOf('shown', 'find-me-too'));
    const found = await sql<{ name: string }>(
      database.connection,
      "select name from sluice.object where body like '%find-me%' union all select name from sluice.event where body like '%find-me%'",
    );
    expect(found.map(({ name }) => name)).toEqual(['shown', 'shown']);
  });

  test('a body that is copied to another name in the database does not open', async () => {
    await record.objects.create(keyOf('secrets', 'admin'), secretOf('admin', 'x'));
    await record.objects.create(keyOf('secrets', 'mine'), secretOf('mine', 'y'));
    await sql(
      database.connection,
      "update sluice.object set body = (select body from sluice.object where name = 'admin') where name = 'mine'",
    );
    // This process still knows what it wrote itself.
    await using other = await open();
    await expect(other.objects.get(keyOf('secrets', 'mine'))).rejects.toMatchObject({
      name: 'SealError',
      code: 'WrongKey',
    });
    await record.objects.delete(keyOf('secrets', 'admin'));
    await sql(database.connection, "delete from sluice.object where name = 'mine'");
  });

  test('a start without the key file is refused and makes none', async () => {
    await record.objects.create(keyOf('secrets', 'needs-key'), secretOf('needs-key', 'x'));
    const gone = path.join(directory, 'gone.key');
    await expect(open(gone)).rejects.toThrow(/encryption key [0-9a-f]{8}.*gone\.key is gone/);
    await expect(readFile(gone)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('a start with another key is refused, with both keys it goes on', async () => {
    await record.objects.create(keyOf('secrets', 'rotated'), secretOf('rotated', 'x'));
    const other = path.join(directory, 'other.key');
    const key = randomBytes(32).toString('base64');
    await writeFile(other, key);
    await expect(open(other)).rejects.toMatchObject({ code: 'UnknownKey' });
    // In this order nothing is sealed anew, and the other tests go on with the key that they know.
    await writeFile(other, `${await readFile(keyFile, 'utf8')}\n${key}`);
    await using both = await open(other);
    const read = await both.objects.get<Secret>(keyOf('secrets', 'rotated'));
    expect(read?.data).toEqual({ password: 'x' });
  });

  test('after a rotation the old key is needed for nothing, not even for what is gone', async () => {
    const key = keyOf('secrets', 'turned');
    const from = await record.objects.currentRevision();
    await record.objects.create(key, secretOf('turned', 'one'));
    const turned = await record.objects.get<Secret>(key);
    await record.objects.update(key, { ...turned!, data: { password: 'two' } });
    await record.objects.create(keyOf('secrets', 'left'), secretOf('left', 'x'));
    await record.objects.delete(keyOf('secrets', 'left'));
    const rotated = path.join(directory, 'rotated.key');
    const fresh = randomBytes(32).toString('base64');
    await writeFile(rotated, `${fresh}\n${await readFile(keyFile, 'utf8')}`);
    await using both = await open(rotated);
    const freshId = await keyIdOf(both);
    await vi.waitFor(async () => expect(await keysInUse()).toEqual([freshId]), 10_000);
    const newOnly = path.join(directory, 'new.key');
    await writeFile(newOnly, fresh);
    await using alone = await open(newOnly);
    expect((await alone.objects.get<Secret>(key))?.data).toEqual({ password: 'two' });
    const seen: unknown[] = [];
    const until = await alone.objects.currentRevision();
    const signal = AbortSignal.timeout(20_000);
    for await (const batch of alone.objects.watch<Secret>({ from, signal })) {
      for (const { object, previous } of batch.events) seen.push(object.data, previous?.data);
      if (batch.revision >= until) break;
    }
    expect(seen).toContainEqual({ password: 'one' });
    // What the other tests go on with is sealed with the key that they know.
    await writeFile(rotated, `${await readFile(keyFile, 'utf8')}\n${fresh}`);
    await using back = await open(rotated);
    const knownId = await keyIdOf(back);
    await vi.waitFor(async () => expect(await keysInUse()).toEqual([knownId]), 10_000);
    await both.close();
  });
});

/** Ids of the keys that something in the record is sealed with. */
async function keysInUse(): Promise<string[]> {
  const rows = await sql<{ key: string }>(
    database.connection,
    `select distinct body::json -> 'sealed' ->> 'key' as key from (
       select body from sluice.object where resource = 'secrets'
       union all select body from sluice.event where resource = 'secrets'
       union all select previous_body from sluice.event where resource = 'secrets'
     ) as every where body is not null`,
  );
  return rows.map(({ key }) => key);
}

/** Of the key that a record seals with. */
async function keyIdOf({ objects, store }: RecordDatabase): Promise<string> {
  const key = keyOf('secrets', 'probe');
  await objects.create(key, secretOf('probe', 'x'));
  const entry = await store.get(key);
  await objects.delete(key);
  return (JSON.parse(entry?.body ?? '') as { sealed: { key: string } }).sealed.key;
}

async function events(from: number, until: number): Promise<ObjectEvent<Secret>[]> {
  const seen: ObjectEvent<Secret>[] = [];
  const signal = AbortSignal.timeout(20_000);
  for await (const batch of record.objects.watch<Secret>({ from, signal })) {
    seen.push(...batch.events);
    if (batch.revision >= until) return seen;
  }
  throw new Error(`the watch did not reach revision ${until}`);
}
