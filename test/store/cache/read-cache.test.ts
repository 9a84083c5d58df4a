import { expect, test } from 'vitest';

import { ParsedBodies } from '#src/store/cache/parsed-bodies.ts';
import { keyId, ReadCache, type Loaded } from '#src/store/cache/read-cache.ts';
import type { Key } from '#src/store/store.ts';

const keyOf = (name: string): Key => ({ resource: 'things', namespace: '', name });

function loaded(name: string, body = 'x'): Loaded {
  const entry = { key: keyOf(name), revision: 1, createRevision: 1, body };
  return { entries: [entry], revision: 1, isWhole: true };
}

test('what was used least recently goes first when there is too much', async () => {
  const cache = new ReadCache();
  const body = 'x'.repeat(12 * 1024 * 1024);
  for (const name of ['a', 'b'])
    await cache.load(keyId(keyOf(name)), async () => loaded(name, body));
  cache.find(keyId(keyOf('a')));
  await cache.load(keyId(keyOf('c')), async () => loaded('c', body));
  expect(['a', 'b', 'c'].filter((name) => cache.has(keyId(keyOf(name))))).toEqual(['a', 'c']);
});

test('a part of a range, and a range that is too large, are not kept', async () => {
  const cache = new ReadCache();
  await cache.load('part', async () => ({ ...loaded('a'), isWhole: false }));
  await cache.load('large', async () => loaded('a', 'x'.repeat(17 * 1024 * 1024)));
  expect([cache.has('part'), cache.has('large')]).toEqual([false, false]);
});

test('what was being read when history was lost is not kept', async () => {
  const cache = new ReadCache();
  const id = keyId(keyOf('a'));
  await cache.load(id, async () => {
    cache.clear();
    return loaded('a');
  });
  expect(cache.has(id)).toBe(false);
});

test('a read that failed leaves the next one free', async () => {
  const cache = new ReadCache();
  const id = keyId(keyOf('a'));
  await expect(cache.load(id, () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  await cache.load(id, async () => loaded('a'));
  expect(cache.has(id)).toBe(true);
});

test('a body is parsed once, and again under another name or when the revision holds another one', () => {
  const bodies = new ParsedBodies();
  let parsed = 0;
  const read = (name: string, body: string): unknown =>
    bodies.objectOf({ key: keyOf(name), revision: 5, body }, () => {
      parsed += 1;
      return { metadata: { name: body } };
    });
  expect(read('a', 'one')).toBe(read('a', 'one'));
  expect(parsed).toBe(1);
  expect(read('b', 'one')).toEqual({ metadata: { name: 'one' } });
  expect(parsed).toBe(2);
  expect(read('b', 'two')).toEqual({ metadata: { name: 'two' } });
});

test('objects that are shared cannot be changed', () => {
  const object = new ParsedBodies().objectOf({ key: keyOf('a'), revision: 1, body: '{}' }, () => ({
    metadata: { labels: { a: 'b' } },
  }));
  expect(() => {
    object.metadata.labels!['a'] = 'c';
  }).toThrow(TypeError);
});
