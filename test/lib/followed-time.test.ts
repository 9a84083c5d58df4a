import { describe, expect, test } from 'vitest';

import { FollowedTime } from '#src/lib/followed-time.ts';

const noon = Date.parse('2026-01-10T12:00:00Z');

/** Milliseconds by which the time is off the one that another clock shows, `aheadMs` before this process's timer. */
function errorOf(time: FollowedTime, aheadMs: number): number {
  return time.now() - (performance.now() + aheadMs);
}

describe('the time of another machine', () => {
  test('is not known before it was told', () => {
    expect(() => new FollowedTime().now()).toThrow('nobody has told the time yet');
  });

  test('is known as well as the answer was quick', () => {
    const time = new FollowedTime();
    const askedAt = performance.now();
    // It was answered in the last of 400 ms.
    expect(time.hear(noon, askedAt - 400, askedAt)).toBe(0);
    expect(Math.abs(errorOf(time, noon - askedAt))).toBeLessThanOrEqual(202);
    time.hear(noon, askedAt - 4, askedAt);
    expect(Math.abs(errorOf(time, noon - askedAt))).toBeLessThanOrEqual(6);
  });

  test('is not moved by a slow answer that allows for it', () => {
    const time = new FollowedTime();
    const start = performance.now();
    time.hear(noon, start, start);
    for (const slowMs of [10, 1_000, 30_000])
      expect(time.hear(noon + 5_000, start + 5_000 - slowMs, start + 5_000)).toBe(0);
    expect(Math.abs(errorOf(time, noon - start))).toBeLessThanOrEqual(2);
  });

  test.for([{ byMs: 240_000 }, { byMs: -240_000 }])(
    'is moved by $byMs ms when the other clock was set',
    ({ byMs }) => {
      const time = new FollowedTime();
      const start = performance.now();
      time.hear(noon, start, start);
      expect(Math.abs(time.hear(noon + byMs, start - 2, start) - byMs)).toBeLessThanOrEqual(3);
      expect(Math.abs(errorOf(time, noon + byMs - start))).toBeLessThanOrEqual(5);
    },
  );
});
