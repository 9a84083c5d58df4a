import fc from 'fast-check';
import { expect, test } from 'vitest';

import { attemptAfter, retryPauseMs } from '#src/queue/retry.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('retries end', () => {
  let attempt = 0;
  while (retryPauseMs(attempt, 0, () => 0.5) !== undefined) attempt += 1;
  expect(attempt).toBe(8);
});

test('a pause is at least a second and at least what the registry asked for, up to an hour', () => {
  fc.assert(
    fc.property(fc.nat(7), fc.nat(7_200_000), random, (attempt, retryAfterMs, value) => {
      const pause = retryPauseMs(attempt, retryAfterMs, () => value)!;
      expect(pause).toBeGreaterThanOrEqual(1_000);
      expect(pause).toBeGreaterThanOrEqual(Math.min(retryAfterMs, 3_600_000));
      expect(pause).toBeLessThanOrEqual(3_602_000);
    }),
  );
});

test('all pauses together stay below half an hour', () => {
  const pauses = Array.from({ length: 8 }, (_, attempt) => retryPauseMs(attempt, 0, () => 0.999)!);
  expect(pauses.reduce((sum, pause) => sum + pause)).toBeLessThan(30 * 60_000);
});

test('an older failure has had more attempts, and a very old one enough', () => {
  expect(attemptAfter(0)).toBe(1);
  expect(attemptAfter(60 * 60_000)).toBeUndefined();
  fc.assert(
    fc.property(fc.nat(600_000), fc.nat(600_000), (age, more) => {
      expect(attemptAfter(age + more) ?? 9).toBeGreaterThanOrEqual(attemptAfter(age) ?? 9);
    }),
  );
});
