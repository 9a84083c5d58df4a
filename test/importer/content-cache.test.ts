import { expect, test } from 'vitest';
import { createContentCache } from '#src/importer/content-cache.ts';
import type { CacheScope, Descriptor } from '#src/oci/content/types.ts';
import { parseDigest } from '#src/oci/ref/digest.ts';

const scope: CacheScope = { registry: 'reg.io', repository: 'a/b', credential: 'alice' };

function descriptor(letter: string): Descriptor {
  const digest = parseDigest(`sha256:${letter.repeat(64)}`);
  return { mediaType: 'application/json', digest, size: 3 };
}

const bytes = new Uint8Array([1, 2, 3]);

test('content is found by who fetched it from where', async () => {
  const cache = createContentCache();
  await cache.put(scope, descriptor('a'), bytes);
  expect(await cache.get(scope, descriptor('a'))).toEqual(bytes);
  expect(await cache.get(scope, descriptor('b'))).toBeUndefined();
});

test.for<Partial<CacheScope>>([
  { registry: 'other.io' },
  { repository: 'a/c' },
  { credential: 'bob' },
])('it is not found by %j', async (other) => {
  const cache = createContentCache();
  await cache.put(scope, descriptor('a'), bytes);
  expect(await cache.get({ ...scope, ...other }, descriptor('a'))).toBeUndefined();
});

test('what was used least recently goes first', async () => {
  const cache = createContentCache(7);
  await cache.put(scope, descriptor('a'), bytes);
  await cache.put(scope, descriptor('b'), bytes);
  await cache.get(scope, descriptor('a'));
  await cache.put(scope, descriptor('c'), bytes);
  expect(await cache.get(scope, descriptor('a'))).toEqual(bytes);
  expect(await cache.get(scope, descriptor('b'))).toBeUndefined();
  expect(await cache.get(scope, descriptor('c'))).toEqual(bytes);
});

test('what is larger than the cache is not kept', async () => {
  const cache = createContentCache(2);
  await cache.put(scope, descriptor('a'), bytes);
  expect(await cache.get(scope, descriptor('a'))).toBeUndefined();
});
