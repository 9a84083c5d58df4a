import fc from 'fast-check';
import { expect, test } from 'vitest';

import { CachedRange } from '#src/store/cache/cached-range.ts';
import { keyId, rangeId, ReadCache, type Loaded } from '#src/store/cache/read-cache.ts';
import type { Entry, Key, StoreEvent } from '#src/store/store.ts';

const names = ['a', 'b', 'b-1', 'ä', '\uffee', '😀'];
const range = { resource: 'things', namespace: 'shop' };
const keyOf = (name: string): Key => ({ ...range, name });

/** What is done: a write of a name, which is a create, update or delete as the state has it, or nothing. */
const steps = fc.array(fc.record({ name: fc.constantFrom(...names), remove: fc.boolean() }), {
  maxLength: 40,
});

/** The record in small: writes in order, and what it holds. */
class Model {
  readonly entries = new Map<string, Entry>();
  revision = 0;

  write({ name, remove }: { name: string; remove: boolean }): StoreEvent | undefined {
    const old = this.entries.get(name);
    if (remove && old === undefined) return undefined;
    this.revision += 1;
    const key = keyOf(name);
    const body = remove ? old!.body : `body ${this.revision}`;
    const { revision } = this;
    if (remove) this.entries.delete(name);
    else
      this.entries.set(name, {
        key,
        revision,
        createRevision: old?.createRevision ?? revision,
        body,
      });
    const type = remove ? 'delete' : old === undefined ? 'create' : 'update';
    return { type, key, revision, previousRevision: old?.revision ?? 0, body };
  }

  /** In the order of the database: by UTF-8 bytes. */
  sorted(): Entry[] {
    return [...this.entries.values()].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a.key.name), Buffer.from(b.key.name)),
    );
  }

  loaded(): Loaded {
    return { entries: this.sorted(), revision: this.revision, isWhole: true };
  }

  loadedKey(name: string): Loaded {
    const entry = this.entries.get(name);
    const entries = entry === undefined ? [] : [entry];
    return { entries, revision: entry?.revision ?? 0, isWhole: true };
  }
}

test('a range that follows its events is what the record holds, in its order', () => {
  fc.assert(
    fc.property(steps, steps, (before, after) => {
      const model = new Model();
      for (const step of before) model.write(step);
      const cached = new CachedRange(model.sorted(), model.revision);
      for (const step of after) {
        const event = model.write(step);
        expect(event === undefined || cached.apply(event)).toBe(true);
      }
      expect(cached.entries).toEqual(model.sorted());
      const length = model.sorted().reduce((sum, { body }) => sum + body.length, 0);
      expect(cached.characters).toBe(length);
    }),
  );
});

test('pages of a range are cut as the record cuts them', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom(...names), fc.integer({ min: 1, max: 4 }), (...given) => {
      const [before, name, limit] = given;
      const model = new Model();
      for (const step of before) model.write(step);
      const cached = new CachedRange(model.sorted(), model.revision);
      const behind = model
        .sorted()
        .filter(({ key }) => Buffer.compare(Buffer.from(key.name), Buffer.from(name)) > 0);
      const page = cached.page(7, { limit, after: { namespace: 'shop', name } });
      expect(page).toEqual({
        revision: 7,
        entries: behind.slice(0, limit),
        remaining: Math.max(0, behind.length - limit),
      });
    }),
  );
});

test('whatever happens before, while and after something is read: what is kept is what the record holds', async () => {
  await fc.assert(
    fc.asyncProperty(steps, steps, steps, steps, async (...given) => {
      const [before, whileAsked, whileAnswered, after] = given;
      const model = new Model();
      const cache = new ReadCache();
      // Events reach the cache later than they are written, but before anybody reads from it.
      let late: StoreEvent[] = [];
      const write = (all: typeof before): void => {
        for (const step of all) {
          const event = model.write(step);
          if (event !== undefined) late.push(event);
        }
      };
      const deliver = (): void => {
        for (const event of late) cache.apply(event);
        late = [];
      };
      write(before);
      deliver();
      const ids = [rangeId(range), ...names.map((name) => keyId(keyOf(name)))];
      const reads = ids.map(async (id, index) =>
        cache.load(id, async () => {
          await Promise.resolve();
          const loaded = index === 0 ? model.loaded() : model.loadedKey(names[index - 1]!);
          await Promise.resolve();
          await Promise.resolve();
          return loaded;
        }),
      );
      write(whileAsked);
      await Promise.resolve();
      if (whileAsked.length % 2 === 0) deliver();
      write(whileAnswered);
      if (whileAnswered.length % 2 === 0) deliver();
      await Promise.all(reads);
      write(after);
      deliver();
      // What is not kept is read again, and right then.
      const entriesOf = (id: string, now: Loaded): unknown =>
        cache.find(id)?.entries ?? now.entries;
      expect(entriesOf(rangeId(range), model.loaded())).toEqual(model.sorted());
      for (const name of names) {
        const now = model.loadedKey(name);
        expect(entriesOf(keyId(keyOf(name)), now)).toEqual(now.entries);
      }
    }),
  );
});
