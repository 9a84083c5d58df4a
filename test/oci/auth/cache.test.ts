import { describe, expect, test } from 'vitest';

import { TokenCache, type TokenKey } from '#src/oci/auth/cache.ts';

function keyOf(repository: number): TokenKey {
  return {
    origin: 'https://registry.test',
    realm: 'https://registry.test/token',
    service: 'registry',
    scope: `repository:acme/app${repository}:pull`,
    credential: 'anonymous',
  };
}

async function fill(cache: TokenCache, from: number, to: number): Promise<void> {
  for (let index = from; index < to; index += 1)
    await cache.obtain(
      keyOf(index),
      () => Promise.resolve({ value: `token-${index}`, expiresInSeconds: 300 }),
      async (promise) => promise,
    );
}

describe('B31: tokens in memory', () => {
  test('are never more than ten thousand; what was used longest ago goes first', async () => {
    const cache = new TokenCache(() => 0);
    await fill(cache, 0, 10_000);
    expect(cache.size).toBe(10_000);
    expect(cache.get(keyOf(0))).toBe('token-0');

    await fill(cache, 10_000, 10_500);

    expect(cache.size).toBe(10_000);
    expect(cache.get(keyOf(0))).toBe('token-0');
    expect(cache.get(keyOf(1))).toBeUndefined();
    expect(cache.get(keyOf(500))).toBeUndefined();
    expect(cache.get(keyOf(501))).toBe('token-501');
  });

  test('are gone when they are of no use any more', async () => {
    const clock = { now: 0 };
    const cache = new TokenCache(() => clock.now);
    await fill(cache, 0, 1);
    clock.now = 290_000;
    expect(cache.get(keyOf(0))).toBeUndefined();
    expect(cache.size).toBe(0);
  });
});
