import { describe, expect, test } from 'vitest';

import { LoginThrottle } from '#src/apiserver/oauth/throttle.ts';

const policy = { free: 3, baseMs: 1_000, capMs: 8_000, forgetMs: 60_000, maxEntries: 100 };

function throttleAt(): { throttle: LoginThrottle; tick: (ms: number) => void } {
  let now = 0;
  const clock = { now: () => now, sleep: () => Promise.resolve() };
  return {
    throttle: new LoginThrottle(clock, policy),
    tick: (ms) => {
      now += ms;
    },
  };
}

function fail(throttle: LoginThrottle, count: number, address = '10.0.0.1', user = 'alice'): void {
  for (let index = 0; index < count; index += 1) throttle.begin(user, address);
}

describe('failed logins', () => {
  test('are free at first, then cost twice as much each time, up to a cap', () => {
    const { throttle, tick } = throttleAt();
    fail(throttle, 3);
    const waits: number[] = [];
    for (let index = 0; index < 6; index += 1) {
      const wait = throttle.begin('alice', '10.0.0.1');
      waits.push(wait);
      tick(wait);
      expect(throttle.begin('alice', '10.0.0.1')).toBe(0);
    }
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 8_000, 8_000]);
  });

  test('count for the user from wherever they come', () => {
    const { throttle } = throttleAt();
    for (const last of [1, 2, 3]) fail(throttle, 1, `10.0.0.${last}`);
    expect(throttle.begin('alice', '10.9.9.9')).toBeGreaterThan(0);
    expect(throttle.begin('bob', '10.9.9.9')).toBe(0);
  });

  test('count for the address whoever it tries, later than for one user', () => {
    const { throttle } = throttleAt();
    for (let index = 0; index < 12; index += 1) fail(throttle, 1, '10.0.0.1', `user-${index}`);
    expect(throttle.begin('carol', '10.0.0.1')).toBeGreaterThan(0);
    expect(throttle.begin('carol', '10.0.0.2')).toBe(0);
  });

  test.for([
    { name: 'one network of IPv6', one: '2001:db8:1:2::1', other: '2001:db8:1:2:ffff::9' },
    { name: 'the same in two spellings', one: '2001:db8::1', other: '2001:db8:0:0:0:0:0:2' },
    { name: 'IPv4 within IPv6', one: '10.0.0.1', other: '::ffff:10.0.0.1' },
  ])('of $name are of one address', ({ one, other }) => {
    const { throttle } = throttleAt();
    for (let index = 0; index < 12; index += 1) fail(throttle, 1, one, `user-${index}`);
    expect(throttle.begin('carol', other)).toBeGreaterThan(0);
  });

  test('are forgotten after a while, and for the user after a good one', () => {
    const { throttle, tick } = throttleAt();
    fail(throttle, 3);
    tick(1_000);
    expect(throttle.begin('alice', '10.0.0.1')).toBe(0);
    throttle.succeeded('alice', '10.0.0.1');
    expect(throttle.begin('alice', '10.0.0.1')).toBe(0);
    fail(throttle, 5);
    tick(policy.forgetMs);
    expect(throttle.begin('alice', '10.0.0.1')).toBe(0);
  });

  test('of attempts at the same time count before they are known to be wrong', () => {
    const { throttle } = throttleAt();
    const waits = Array.from({ length: 5 }, () => throttle.begin('alice', '10.0.0.1'));
    expect(waits.filter((wait) => wait === 0)).toHaveLength(3);
  });

  test('take bounded memory', () => {
    const { throttle } = throttleAt();
    fail(throttle, 3);
    for (let index = 0; index < 150; index += 1) fail(throttle, 1, `10.1.0.${index}`, `u${index}`);
    expect(throttle.begin('alice', '10.0.0.1')).toBe(0);
  });
});
