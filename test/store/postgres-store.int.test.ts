import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { silentLogger } from '#src/lib/logger.ts';
import { openRecord, type RecordDatabase } from '#src/store/open.ts';
import {
  StoreError,
  type Key,
  type Range,
  type Store,
  type StoreErrorCode,
  type StoreEvent,
} from '#src/store/store.ts';
import { servers, startTestDatabase, type TestDatabase } from '#test/support/postgres.ts';

import { collect, eventually, replay } from './watching.ts';

let resources = 0;
/** A resource that no other test writes to. */
function someResource(): string {
  resources += 1;
  return `things${resources}.example.com`;
}

function keyIn(resource: string, name: string, namespace = 'shop'): Key {
  return { resource, namespace, name };
}

/** The code of the StoreError that some work ends with. */
async function codeOf(work: Promise<unknown>): Promise<StoreErrorCode> {
  const outcome = await work.then(
    (value) => new Error(`resolved with ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
  if (outcome instanceof StoreError) return outcome.code;
  throw outcome;
}

function namesOf(page: { entries: readonly { key: Key }[] }): string[] {
  return page.entries.map(({ key }) => `${key.namespace}/${key.name}`);
}

describe.for(servers)('the record on $name', (server) => {
  let database: TestDatabase;
  let record: RecordDatabase;
  let store: Store;

  beforeAll(async () => {
    database = await startTestDatabase(server);
    const { connection } = database;
    record = await openRecord({ connection, logger: silentLogger });
    store = record.store;
  });
  afterAll(async () => {
    await record.close();
    await database.stop();
  });

  async function fill(range: Range, names: readonly string[]): Promise<void> {
    const { resource, namespace = 'shop' } = range;
    await Promise.all(
      names.map((entry) => store.create({ resource, namespace, name: entry }, entry)),
    );
  }

  describe('writing', () => {
    test('every write takes the next revision of one counter', async () => {
      const start = await store.currentRevision();
      const key = keyIn(someResource(), 'a');
      const created = await store.create(key, 'one');
      const other = await store.create(keyIn(someResource(), 'a'), 'x');
      const updated = await store.update(key, 'two', created.revision);
      expect(created).toEqual({
        key,
        revision: start + 1,
        createRevision: start + 1,
        body: 'one',
      });
      expect(other.revision).toBe(start + 2);
      expect(updated).toEqual({
        key,
        revision: start + 3,
        createRevision: start + 1,
        body: 'two',
      });
      expect(await store.get(key)).toEqual(updated);
    });

    test('a key is created once', async () => {
      const key = keyIn(someResource(), 'a');
      const attempts = await Promise.allSettled(
        Array.from({ length: 20 }, (_, i) => store.create(key, `body ${i}`)),
      );
      const refused = attempts.filter(({ status }) => status === 'rejected');
      expect(refused).toHaveLength(19);
      expect(await codeOf(store.create(key, 'again'))).toBe('KeyExists');
    });

    test('an update of another revision than the current one is refused and names the current one', async () => {
      const key = keyIn(someResource(), 'a');
      const { revision } = await store.create(key, '1');
      const current = await store.update(key, '2', revision);
      await expect(store.update(key, '3', revision)).rejects.toMatchObject({
        code: 'Conflict',
        revision: current.revision,
      });
      expect((await store.get(key))?.body).toBe('2');
    });

    test('of sixteen writers of one object exactly one wins each round', async () => {
      const key = keyIn(someResource(), 'hot');
      let { revision } = await store.create(key, '0');
      for (let round = 0; round < 10; round += 1) {
        const expected = revision;
        const attempts = await Promise.allSettled(
          Array.from({ length: 16 }, () => store.update(key, `${round}`, expected)),
        );
        const won = attempts.filter((attempt) => attempt.status === 'fulfilled');
        expect(won).toHaveLength(1);
        revision = won[0]!.value.revision;
      }
    });

    test('a delete answers with the last body and the revision of the deletion', async () => {
      const key = keyIn(someResource(), 'a');
      const { revision } = await store.create(key, 'last words');
      expect(await codeOf(store.delete(key, revision + 1000))).toBe('Conflict');
      const deleted = await store.delete(key, revision);
      expect(deleted).toMatchObject({ body: 'last words', createRevision: revision });
      expect(deleted.revision).toBeGreaterThan(revision);
      expect(await store.get(key)).toBeUndefined();
    });

    test('a delete without a revision takes whichever is current', async () => {
      const key = keyIn(someResource(), 'a');
      const { revision } = await store.create(key, '1');
      await store.update(key, '2', revision);
      expect((await store.delete(key)).body).toBe('2');
    });

    test('what does not exist cannot be updated or deleted', async () => {
      const key = keyIn(someResource(), 'a');
      expect(await codeOf(store.update(key, 'x', 1))).toBe('KeyNotFound');
      expect(await codeOf(store.delete(key))).toBe('KeyNotFound');
    });

    test('a refused write takes no revision', async () => {
      const key = keyIn(someResource(), 'a');
      const { revision } = await store.create(key, 'x');
      expect(await codeOf(store.create(key, 'x'))).toBe('KeyExists');
      expect(await store.currentRevision()).toBe(revision);
    });

    test('a write that the database cannot take does not fail its neighbours', async () => {
      const resource = someResource();
      const results = await Promise.allSettled([
        store.create(keyIn(resource, 'good-1'), '{}'),
        store.create(keyIn(resource, 'bad\0name'), '{}'),
        store.create(keyIn(resource, 'good-2'), '{}'),
      ]);
      expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    });
  });

  describe('listing', () => {
    test('entries come sorted by namespace, then name, by bytes', async () => {
      const resource = someResource();
      await fill({ resource, namespace: 'b' }, ['z', 'a']);
      await fill({ resource, namespace: 'a' }, ['b', 'B', 'a-b', 'aa', 'a.b']);
      const page = await store.list({ resource });
      expect(namesOf(page)).toEqual(['a/B', 'a/a-b', 'a/a.b', 'a/aa', 'a/b', 'b/a', 'b/z']);
      expect(page.remaining).toBe(0);
      expect(page.revision).toBe(await store.currentRevision());
    });

    test('a namespace lists its own entries only', async () => {
      const resource = someResource();
      await fill({ resource, namespace: 'a' }, ['x']);
      await fill({ resource, namespace: 'ab' }, ['y']);
      expect(namesOf(await store.list({ resource, namespace: 'a' }))).toEqual(['a/x']);
    });

    test('an empty range has a revision, too', async () => {
      const page = await store.list({ resource: someResource() }, { limit: 5 });
      expect(page).toEqual({
        revision: await store.currentRevision(),
        entries: [],
        remaining: 0,
      });
    });

    test('pages of every size make up the whole list and count what is left', async () => {
      const resource = someResource();
      await fill({ resource, namespace: 'a' }, ['1', '2', '3']);
      await fill({ resource, namespace: 'b' }, ['1', '2', '3', '4']);
      const whole = namesOf(await store.list({ resource }));
      for (const limit of [1, 2, 3, 6, 7, 8]) {
        const seen: string[] = [];
        let after: { namespace: string; name: string } | undefined;
        for (;;) {
          const page = await store.list({ resource }, { limit, ...(after && { after }) });
          seen.push(...namesOf(page));
          expect(page.remaining).toBe(whole.length - seen.length);
          if (page.remaining === 0) break;
          after = page.entries.at(-1)!.key;
        }
        expect(seen).toEqual(whole);
      }
    });

    test('a list at an older revision shows what was there then', async () => {
      const resource = someResource();
      await fill({ resource }, ['changed', 'deleted', 'kept']);
      const before = await store.list({ resource });
      const revision = before.revision;
      const changed = before.entries.find(({ key }) => key.name === 'changed')!;
      const second = await store.update(changed.key, 'second', changed.revision);
      await store.update(changed.key, 'third', second.revision);
      await store.delete(keyIn(resource, 'deleted'));
      await store.create(keyIn(resource, 'new'), 'new');
      expect(await store.list({ resource }, { revision })).toEqual(before);
      expect(await store.list({ resource, namespace: 'shop' }, { revision })).toEqual(before);
      const now = await store.list({ resource });
      expect(namesOf(now)).toEqual(['shop/changed', 'shop/kept', 'shop/new']);
    });

    test('pages at one revision agree with a replay of the log, whatever is written meanwhile', async () => {
      const resource = someResource();
      const range = { resource };
      const start = await store.currentRevision();
      const busy = { stop: false };
      const writers = Array.from({ length: 4 }, (_, i) => writeAtRandom(store, resource, i, busy));
      const snapshots = new Map<number, Map<string, string>>();
      for (let round = 0; round < 12; round += 1) {
        const first = await store.list(range, { limit: 3 });
        const state = new Map(first.entries.map(({ key, body }) => [key.name, body]));
        let page = first;
        while (page.remaining > 0) {
          const after = page.entries.at(-1)!.key;
          page = await store.list(range, { limit: 3, after, revision: first.revision });
          for (const { key, body } of page.entries) state.set(key.name, body);
        }
        snapshots.set(first.revision, state);
      }
      busy.stop = true;
      await Promise.all(writers);
      const events = await collect(store, start, await store.currentRevision(), [range]);
      for (const [revision, state] of snapshots) {
        expect(state).toEqual(replay(events.filter((event) => event.revision <= revision)));
      }
    });

    test('a revision that is not written yet is refused', async () => {
      const revision = (await store.currentRevision()) + 1;
      expect(await codeOf(store.list({ resource: 'x' }, { revision }))).toBe('FutureRevision');
    });
  });

  describe('watching', () => {
    test('every event after the start comes once, in order, with what it replaced', async () => {
      const key = keyIn(someResource(), 'a');
      const from = await store.currentRevision();
      const created = await store.create(key, '1');
      const updated = await store.update(key, '2', created.revision);
      const deleted = await store.delete(key);
      expect(await collect(store, from, deleted.revision)).toEqual([
        { type: 'create', key, revision: created.revision, previousRevision: 0, body: '1' },
        {
          type: 'update',
          key,
          revision: updated.revision,
          previousRevision: created.revision,
          body: '2',
          previousBody: '1',
        },
        {
          type: 'delete',
          key,
          revision: deleted.revision,
          previousRevision: updated.revision,
          body: '2',
          previousBody: '2',
        },
      ]);
    });

    test('a watcher sees its ranges only', async () => {
      const [wanted, other] = [someResource(), someResource()];
      const from = await store.currentRevision();
      await store.create(keyIn(wanted, 'a', 'n1'), '');
      await store.create(keyIn(wanted, 'a', 'n2'), '');
      await store.create(keyIn(other, 'a', 'n1'), '');
      const { revision } = await store.create(keyIn(other, 'a', 'n2'), '');
      const events = await collect(store, from, revision, [
        { resource: wanted, namespace: 'n1' },
        { resource: other, namespace: 'n2' },
      ]);
      expect(events.map(({ key }) => [key.resource, key.namespace])).toEqual([
        [wanted, 'n1'],
        [other, 'n2'],
      ]);
    });

    test('a watcher that sees nothing of its own still learns how far it is', async () => {
      const from = await store.currentRevision();
      const signal = AbortSignal.timeout(10_000);
      const watch = store.watch({ from, ranges: [{ resource: 'quiet' }], signal });
      const { revision } = await store.create(keyIn(someResource(), 'a'), '');
      for await (const batch of watch) {
        expect(batch.events).toEqual([]);
        if (batch.revision >= revision) return;
      }
      expect.unreachable('the watch ended');
    });

    test('watchers that start anywhere while others write see the same, without gap or double', async () => {
      const resource = someResource();
      const start = await store.currentRevision();
      const busy = { stop: false };
      const writers = Array.from({ length: 4 }, (_, i) => writeAtRandom(store, resource, i, busy));
      const watchers: Promise<StoreEvent[]>[] = [];
      const target = start + 600;
      for (let i = 0; i < 20; i += 1) {
        const current = await store.currentRevision();
        const from = start + Math.floor(((current - start) * i) / 20);
        watchers.push(
          collect(store, from, target).then((events) => events.filter((e) => e.revision <= target)),
        );
      }
      const seen = await Promise.all(watchers);
      busy.stop = true;
      await Promise.all(writers);
      const whole = await collect(store, start, target);
      for (const events of seen) {
        const [first] = events;
        expect(events).toEqual(
          whole.filter((e) => e.revision >= first!.revision && e.revision <= target),
        );
        expect(events.map((e) => e.revision)).toEqual(events.map((_, i) => first!.revision + i));
      }
    });

    test('the events that all watchers of a process see are one and the same', async () => {
      const resource = someResource();
      const from = await store.currentRevision();
      const watching = Array.from({ length: 3 }, () => collect(store, from, from + 1));
      await store.create(keyIn(resource, 'a'), '');
      const [first, ...others] = await Promise.all(watching);
      for (const other of others) expect(other[0]).toBe(first![0]);
    });

    test('a watch from a revision that is not written yet is refused', async () => {
      const from = (await store.currentRevision()) + 10;
      expect(await codeOf(collect(store, from, from + 1))).toBe('FutureRevision');
    });

    test('an aborted watch ends without an error', async () => {
      const stop = new AbortController();
      const from = await store.currentRevision();
      const batches: number[] = [];
      for await (const batch of store.watch({ from, signal: stop.signal })) {
        batches.push(batch.revision);
        stop.abort();
      }
      expect(batches).toEqual([from]);
    });

    test('a watcher that does not keep up is ended and delays nobody', async () => {
      const resource = someResource();
      const from = await store.currentRevision();
      const watch = store.watch({ from, signal: AbortSignal.timeout(60_000) });
      const slow = watch[Symbol.asyncIterator]();
      await slow.next();
      // 64 MiB of events is what a watcher may hold back.
      const body = 'x'.repeat(1024 * 1024);
      const names = Array.from({ length: 70 }, (_, i) => `large-${i}`);
      const quick = collect(store, from, from + names.length);
      for (const entry of names) await store.create(keyIn(resource, entry), body);
      expect(await quick).toHaveLength(names.length);
      await eventually(async () => {
        expect(await codeOf(Promise.resolve(slow.next()))).toBe('SlowWatcher');
      });
      await Promise.all(names.map((entry) => store.delete(keyIn(resource, entry))));
    });
  });

  describe('compaction', () => {
    test('what was compacted is refused, what was not is complete', async () => {
      const resource = someResource();
      const first = await store.create(keyIn(resource, 'a'), '1');
      const second = await store.update(first.key, '2', first.revision);
      const third = await store.update(first.key, '3', second.revision);
      await store.compact(second.revision);
      expect(await codeOf(collect(store, first.revision, third.revision))).toBe('Compacted');
      expect(await codeOf(store.list({ resource }, { revision: first.revision }))).toBe(
        'Compacted',
      );
      const at = await store.list({ resource }, { revision: second.revision });
      expect(at.entries.map(({ body }) => body)).toEqual(['2']);
      const events = await collect(store, second.revision, third.revision);
      expect(events.map(({ revision }) => revision)).toEqual([third.revision]);
      expect((await store.get(first.key))?.body).toBe('3');
    });

    test('a compaction twice is a compaction once', async () => {
      const { revision } = await store.create(keyIn(someResource(), 'a'), '1');
      await store.compact(revision);
      await store.compact(revision - 1);
      expect(await store.currentRevision()).toBe(revision);
    });

    test('the future cannot be compacted', async () => {
      expect(await codeOf(store.compact((await store.currentRevision()) + 5))).toBe(
        'FutureRevision',
      );
    });
  });
});

/** Creates, changes and deletes a few objects until told to stop; conflicts are part of it. */
async function writeAtRandom(
  store: Store,
  resource: string,
  seed: number,
  busy: { stop: boolean },
): Promise<void> {
  for (let i = 0; !busy.stop; i += 1) {
    const key = keyIn(resource, `o${(i * 7 + seed * 3) % 10}`);
    const entry = await store.get(key);
    const body = `${seed}-${i}`;
    const write =
      entry === undefined
        ? store.create(key, body)
        : i % 3 === 0
          ? store.delete(key, entry.revision)
          : store.update(key, body, entry.revision);
    await write.catch((error: unknown) => {
      const isExpected = ['KeyExists', 'KeyNotFound', 'Conflict'].includes(
        error instanceof StoreError ? error.code : '',
      );
      if (!isExpected) throw error;
    });
  }
}
