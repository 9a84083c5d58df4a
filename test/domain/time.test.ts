import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochSeconds, normalTime, rfc3339 } from '#src/domain/time.ts';

describe('times', () => {
  test('are read and written as the platform does', () => {
    const bounds = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z') };
    fc.assert(
      fc.property(fc.date({ ...bounds, noInvalidDate: true }), (date) => {
        const seconds = Math.floor(date.getTime() / 1000);
        expect(epochSeconds(date.toISOString())).toBe(seconds);
        expect(rfc3339(seconds)).toBe(`${date.toISOString().slice(0, 19)}Z`);
      }),
    );
  });

  test.for([
    ['2023-01-02T03:04:05.987654321Z', '2023-01-02T03:04:05Z'],
    ['2023-01-02T01:04:05+02:00', '2023-01-01T23:04:05Z'],
    ['2023-12-31T23:30:00-00:30', '2024-01-01T00:00:00Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00Z'],
    ['0001-01-01T00:00:00Z', null],
    ['2023-02-29T00:00:00Z', null],
    ['2023-13-01T00:00:00Z', null],
    ['2023-01-01T24:00:00Z', null],
    ['yesterday', null],
    [1_700_000_000, null],
  ] as const)('%s is %s', ([text, expected]) => {
    expect(normalTime(text)).toBe(expected);
  });
});
