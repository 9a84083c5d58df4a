import fc from 'fast-check';
import { expect, test } from 'vitest';

import { nextTurn, repositoryPlaceMs } from '#src/store/repository-place.ts';

const period = fc.integer({ min: 1, max: 7 * 24 * 3600_000 });
const moment = fc.integer({ min: 0, max: 4_102_444_800_000 });

test('the next turn comes after the moment, within a period, and at the place', () => {
  fc.assert(
    fc.property(moment, period, fc.string(), (after, periodMs, repository) => {
      const place = repositoryPlaceMs(repository, periodMs);
      const turn = nextTurn(after, periodMs, place);
      expect(turn).toBeGreaterThan(after);
      expect(turn - after).toBeLessThanOrEqual(periodMs);
      expect((turn - place) % periodMs).toBe(0);
    }),
  );
});

test('a turn follows a turn by exactly one period', () => {
  fc.assert(
    fc.property(moment, period, fc.string(), (after, periodMs, repository) => {
      const place = repositoryPlaceMs(repository, periodMs);
      const turn = nextTurn(after, periodMs, place);
      expect(nextTurn(turn, periodMs, place)).toBe(turn + periodMs);
    }),
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

test('repositories of one period keep their distance under a multiple of it', () => {
  expect(repositoryPlaceMs('docker.io/library/redis', 1_800_000) % 900_000).toBe(
    repositoryPlaceMs('docker.io/library/redis', 900_000),
  );
});
