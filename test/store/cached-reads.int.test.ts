import { afterAll, beforeAll, expect, test } from 'vitest';

import { silentLogger as logger } from '#src/lib/logger.ts';
import { openRecord } from '#src/store/open.ts';
import { sharingLooks } from '#src/store/shared-looks.ts';
import { StoreError, type Key } from '#src/store/store.ts';
import { startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await startTestDatabase();
});
afterAll(() => database.stop());

const range = { resource: 'things', namespace: 'shop' };
const keyOf = (name: string): Key => ({ ...range, name });

test('a read sees every write that was answered before it, whichever process made it', async () => {
  const connection = await database.createDatabase();
  await using one = await openRecord({ connection, logger });
  await using other = await openRecord({ connection, logger });
  const writers = [one.store, other.store];
  for (let round = 0; round < 100; round += 1) {
    const writer = writers[round % 2]!;
    const reader = writers[(round + 1) % 2]!;
    const key = keyOf(`n${round % 7}`);
    const old = await reader.get(key);
    const body = `body ${round}`;
    const written =
      old === undefined
        ? await writer.create(key, body)
        : round % 5 === 0
          ? await writer.delete(key, old.revision)
          : await writer.update(key, body, old.revision);
    const isGone = old !== undefined && round % 5 === 0;
    const expected = isGone ? undefined : { ...written, key, body };
    expect([await reader.get(key), await writer.get(key)]).toEqual([expected, expected]);
    const page = await reader.list(range);
    expect(page.entries.find(({ key: { name } }) => name === key.name)).toEqual(expected);
    expect(page.revision).toBeGreaterThanOrEqual(written.revision);
  }
});

test('reads that share a look see every write before their work began, and before its last own write', async () => {
  const connection = await database.createDatabase();
  await using one = await openRecord({ connection, logger });
  await using other = await openRecord({ connection, logger });
  const { revision: first } = await one.store.create(keyOf('shared'), '1');
  await other.store.get(keyOf('shared'));
  for (let round = 0, last = first; round < 50; round += 1) {
    const before = await one.store.update(keyOf('shared'), `before ${round}`, last);
    const inside = await sharingLooks(async () => {
      const seen = await other.store.get(keyOf('shared'));
      expect(seen?.revision).toBe(before.revision);
      const { revision } = await one.store.update(keyOf('shared'), `in ${round}`, before.revision);
      await expect(
        other.store.update(keyOf('shared'), 'lost', before.revision),
      ).rejects.toMatchObject({ code: 'Conflict' });
      expect((await other.store.get(keyOf('shared')))?.revision).toBe(revision);
      return revision;
    });
    expect((await other.store.get(keyOf('shared')))?.revision).toBe(inside);
    last = inside;
  }
});

test('under concurrent writers, cached reads end where uncached ones do', async () => {
  const connection = await database.createDatabase();
  await using one = await openRecord({ connection, logger });
  await using other = await openRecord({ connection, logger });
  await using plain = await openRecord({ connection, logger, cacheReads: false });
  const write = async (store: typeof one.store, seed: number): Promise<void> => {
    for (let round = 0; round < 60; round += 1) {
      const key = keyOf(`n${(round * seed) % 11}`);
      const old = await store.get(key);
      await store.list(range, { limit: 1 + (round % 20) });
      // Losing a race is part of it.
      await (
        old === undefined
          ? store.create(key, `${seed} ${round}`)
          : round % 4 === 0
            ? store.delete(key)
            : store.update(key, `${seed} ${round}`, old.revision)
      ).catch((error: unknown) => {
        if (!(error instanceof StoreError)) throw error;
      });
    }
  };
  await Promise.all(
    [1, 2, 3, 5].map((seed) => write(seed % 2 === 0 ? other.store : one.store, seed)),
  );
  const expected = await plain.store.list(range);
  expect(await one.store.list(range)).toEqual(expected);
  expect(await other.store.list(range)).toEqual(expected);
  for (let n = 0; n < 11; n += 1)
    expect(await one.store.get(keyOf(`n${n}`))).toEqual(await plain.store.get(keyOf(`n${n}`)));
});

test('pages that continue at a revision are of that revision, from memory or not', async () => {
  const connection = await database.createDatabase();
  await using record = await openRecord({ connection, logger });
  const { store } = record;
  for (const name of ['a', 'b', 'c', 'd']) await store.create(keyOf(name), name);
  await store.list(range);
  const first = await store.list(range, { limit: 2 });
  const rest = { revision: first.revision, after: keyOf('b') };
  const namesOf = async (): Promise<string[]> =>
    (await store.list(range, rest)).entries.map(({ key }) => key.name);
  expect(await namesOf()).toEqual(['c', 'd']);
  await store.create(keyOf('e'), 'e');
  expect(await namesOf()).toEqual(['c', 'd']);
  await store.compact(await store.currentRevision());
  await expect(store.list(range, rest)).rejects.toMatchObject({ code: 'Compacted' });
});
