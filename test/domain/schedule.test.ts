import { describe, expect, test } from 'vitest';

import { minAgeMs, ripen, scheduleOf } from '#src/domain/schedule.ts';
import type { ImageStream, TagReference } from '#src/domain/types.ts';
import { imported, stream } from './builders.ts';

const periodMs = 900_000;
const hour = 3_600_000;

function scheduled(annotations: Record<string, string> | null): TagReference {
  const tag = imported('v1');
  return { ...tag, annotations, importPolicy: { ...tag.importPolicy, scheduled: true } };
}

function annotated(
  tag: Record<string, string> | null,
  own: Record<string, string> = {},
): ImageStream {
  const made = stream('app', [scheduled(tag)]);
  return { ...made, metadata: { ...made.metadata, annotations: own } };
}

const every = (value: string): Record<string, string> => ({ 'sluice.dev/check-interval': value });

describe('the period of a tag', () => {
  test.for([
    ['is the common one without annotations', null, {}, {}, periodMs],
    ["is the tag's own before that of the stream", every('1h'), every('2h'), {}, hour],
    ["is the stream's before that of the namespace", null, every('2h'), every('3h'), 2 * hour],
    ["is the namespace's where nothing is nearer", null, {}, every('3h'), 3 * hour],
    ['is never shorter than the common one', every('1m'), {}, {}, periodMs],
    ['is a whole number of the common one', every('20m'), {}, {}, 2 * periodMs],
    ['ignores what is no time', every('soon'), every('1h'), {}, hour],
  ] as const)('%s', ([, tag, own, namespace, expected]) => {
    expect(scheduleOf(annotated(tag, own), periodMs, namespace)).toMatchObject([
      { tag: 'v1', periodMs: expected },
    ]);
  });
});

test('the minimum age of a tag is the nearest that is said', () => {
  const age = { 'sluice.dev/min-age': '24h' };
  expect(minAgeMs(scheduled(null), annotated(null))).toBe(0);
  expect(minAgeMs(scheduled(null), annotated(null), age)).toBe(24 * hour);
  expect(minAgeMs(scheduled({ 'sluice.dev/min-age': '0s' }), annotated(null, age))).toBe(0);
});

describe('a digest ripens', () => {
  const b = { digest: 'b', seenAt: 10 };
  const c = { digest: 'c', seenAt: 20 };
  const verdict = (candidates: readonly (typeof b)[], upstream: string, now: number) =>
    ripen({ candidates, current: 'a', upstream }, 100, now);

  test.for([
    ['a new one is remembered', [], 'b', 10, { candidates: [b] }],
    ['and keeps the time of its first sight', [b], 'b', 50, { candidates: [b] }],
    ['until it is old enough', [b], 'b', 110, { take: 'b', candidates: [] }],
    ['also when upstream has moved on', [b, c], 'c', 115, { take: 'b', candidates: [c] }],
    ['the newest that is old enough wins', [b, c], 'c', 120, { take: 'c', candidates: [] }],
    ['what upstream has gone back on is forgotten', [b, c], 'b', 50, { candidates: [b] }],
    ['all of it when it is back where the tag is', [b, c], 'a', 200, { candidates: [] }],
  ] as const)('%s', ([, candidates, upstream, now, expected]) => {
    expect(verdict([...candidates], upstream, now)).toEqual(expected);
  });

  test('and a tag that moves all the time remembers the oldest ones', () => {
    let candidates: readonly { digest: string; seenAt: number }[] = [];
    for (let now = 0; now < 90; now += 1) ({ candidates } = verdict(candidates, `d${now}`, now));
    expect(candidates).toHaveLength(50);
    expect(verdict(candidates, 'd90', 101).take).toBe('d1');
  });
});
