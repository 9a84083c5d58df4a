import { describe, expect, test } from 'vitest';
import {
  historyAgeAnnotation,
  historyEntriesAnnotation,
  retentionOf,
  withRetention,
} from '#src/domain/retention.ts';
import type { ImageStream } from '#src/domain/types.ts';
import { digest, imported, stream, succeeded, withImport } from './builders.ts';

const now = '2026-01-10T12:00:00Z';

/** Four images, one a day, from the 7th to the 10th. */
function history(annotations: Record<string, string> = {}): ImageStream {
  const images = ['aa', 'bb', 'cc', 'dd'];
  const full = images.reduce(
    (before, pair, index) =>
      withImport(
        before,
        'v1',
        succeeded(digest(pair)),
        `2026-01-${String(7 + index).padStart(2, '0')}T09:00:00Z`,
      ),
    stream('app', [imported('v1')]),
  );
  return { ...full, metadata: { ...full.metadata, annotations } };
}

function kept(of: ImageStream): string[] {
  return of.status.tags![0]!.items!.map(({ image }) => image.slice(7, 9));
}

describe('what a history keeps', () => {
  test.for([
    ['everything without a bound', {}, ['dd', 'cc', 'bb', 'aa']],
    ['the newest entries', { entries: 2 }, ['dd', 'cc']],
    ['what was current until lately', { ageSeconds: 86_400 }, ['dd', 'cc']],
    ['the current entry, however old', { ageSeconds: 1 }, ['dd']],
    ['what both bounds allow', { entries: 3, ageSeconds: 2 * 86_400 }, ['dd', 'cc', 'bb']],
  ] as const)('is %s', ([, retention, expected]) => {
    expect(kept(withRetention(history(), retention, now))).toEqual(expected);
  });

  test('is the same stream where nothing is to be dropped', () => {
    const before = history();
    expect(withRetention(before, { entries: 4 }, now)).toBe(before);
  });
});

describe('the bounds of a stream', () => {
  test.for([
    [{}, { entries: 10 }],
    [
      { [historyEntriesAnnotation]: '3', [historyAgeAnnotation]: '90d' },
      { entries: 3, ageSeconds: 7_776_000 },
    ],
    [{ [historyEntriesAnnotation]: 'unlimited' }, {}],
    [{ [historyEntriesAnnotation]: '0' }, { entries: 10 }],
    [{ [historyAgeAnnotation]: 'long' }, { entries: 10 }],
  ] as const)('of %j are %j', ([annotations, expected]) => {
    expect(retentionOf(history(annotations), { entries: 10 })).toEqual(expected);
  });
});
