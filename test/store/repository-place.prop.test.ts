import fc from 'fast-check';
import { expect, test } from 'vitest';

import { repositoryPlaceMs } from '#src/store/repository-place.ts';

const period = fc.integer({ min: 1, max: 7 * 24 * 3600_000 });

test('a place lies within the period, and is the same in its multiples', () => {
  fc.assert(
    fc.property(
      period,
      fc.integer({ min: 1, max: 96 }),
      fc.string(),
      (periodMs, times, repository) => {
        const place = repositoryPlaceMs(repository, periodMs);
        expect(place).toBeGreaterThanOrEqual(0);
        expect(place).toBeLessThan(periodMs);
        expect(repositoryPlaceMs(repository, periodMs * times) % periodMs).toBe(place);
      },
    ),
  );
});

test('ten thousand repositories fill every minute of a quarter of an hour about evenly', () => {
  const minutes = Array.from({ length: 15 }, () => 0);
  for (let i = 0; i < 10_000; i += 1) {
    const place = repositoryPlaceMs(`registry.example.com/team${i % 50}/app${i}`, 15 * 60_000);
    minutes[Math.floor(place / 60_000)]! += 1;
  }
  expect(Math.min(...minutes)).toBeGreaterThan(500);
  expect(Math.max(...minutes)).toBeLessThan(850);
});
