import { describe, expect, test } from 'vitest';
import {
  entryTime,
  needsImport,
  newestEvent,
  observedGeneration,
  pushTagEvent,
  statusTag,
  trackTag,
} from '#src/domain/history.ts';
import { recordImport } from '#src/domain/import-record.ts';
import { recordMapping } from '#src/domain/mapping.ts';
import { rollbackToAnnotation, withRollbacks } from '#src/domain/rollback.ts';
import type { ImageStream, TagEvent, TagEventCondition } from '#src/domain/types.ts';
import {
  digest,
  history,
  image,
  imported,
  importSpec,
  now,
  stream,
  succeeded,
  tagFrom,
} from './builders.ts';

const condition: TagEventCondition = {
  type: 'ImportSuccess',
  status: 'False',
  lastTransitionTime: '2026-01-01T00:00:00Z',
  reason: 'NotFound',
  message: 'gone',
  generation: 7,
};

function event(ref: string, pair: string, generation: number, created = 'T1'): TagEvent {
  return { created, dockerImageReference: ref, image: digest(pair), generation };
}

function failing(items: TagEvent[]): ImageStream {
  const base = stream();
  return {
    ...base,
    status: { ...base.status, tags: [{ tag: 't', items, conditions: [condition] }] },
  };
}

describe('pushing an event compares it with the newest one only', () => {
  const current = event('r', 'aa', 1);

  test.for([
    ['the first event starts the history', [], event('r', 'aa', 1), ['1:aa'], false],
    ['an equal event changes nothing', [current], event('r', 'aa', 1, 'T2'), ['1:aa'], true],
    ['a newer generation is taken in place', [current], event('r', 'aa', 2, 'T2'), ['2:aa'], false],
    ['another image at the same place replaces', [current], event('r', 'bb', 2), ['2:bb'], false],
    ['the same image elsewhere replaces', [current], event('q', 'aa', 2), ['2:aa'], false],
    [
      'another image from elsewhere is a new entry',
      [current],
      event('q', 'bb', 2),
      ['2:bb', '1:aa'],
      false,
    ],
    [
      'an older image that comes back is a new entry',
      [event('q', 'bb', 2), current],
      event('r', 'aa', 3),
      ['3:aa', '2:bb', '1:aa'],
      false,
    ],
  ] as const)('%s', ([, before, next, after, keepsCondition]) => {
    const result = pushTagEvent(failing([...before]), 't', next);
    expect(history(result, 't')).toEqual(after);
    expect(statusTag(result, 't')?.conditions).toEqual(keepsCondition ? [condition] : undefined);
  });

  test('a change in place keeps the time of the entry', () => {
    const result = pushTagEvent(failing([current]), 't', event('q', 'aa', 2, 'T2'));
    expect(newestEvent(result, 't')).toEqual(event('q', 'aa', 2, 'T1'));
  });

  test('an unchanged stream is the same stream', () => {
    const before = failing([current]);
    expect(pushTagEvent(before, 't', event('r', 'aa', 1))).toBe(before);
  });
});

describe('an entry is never older than the one under it', () => {
  test.for([
    { name: 'a later time counts', under: '2026-01-10T08:00:00Z', now, expected: now },
    { name: 'the same time counts', under: now, now, expected: now },
    {
      name: 'a clock that is behind does not',
      under: '2026-01-10T09:04:00Z',
      now,
      expected: '2026-01-10T09:04:00Z',
    },
    { name: 'what is no time is passed over', under: 'later', now, expected: now },
  ])('$name', ({ under, now: time, expected }) => {
    expect(entryTime(failing([event('r', 'aa', 1, under)]), 't', time)).toBe(expected);
  });

  test('the first one takes the time as it is', () => {
    expect(entryTime(stream(), 't', now)).toBe(now);
  });

  test('whoever makes the entry', () => {
    const ahead = '2026-01-10T09:04:00Z';
    const items = [event('quay.io/acme/demo@new', 'bb', 2, ahead), event('old', 'cc', 1, ahead)];
    const tag = { ...imported('t'), annotations: { [rollbackToAnnotation]: digest('cc') } };
    const before = stream('app', [imported('t')]);
    const known = { ...before, status: { ...before.status, tags: [{ tag: 't', items }] } };
    const importing = recordImport({
      stream: known,
      namespace: 'ns',
      name: 'app',
      spec: { import: true, images: [importSpec('t', 'quay.io/acme/demo:t')] },
      status: { images: [succeeded(digest('aa'))] },
      now,
    });
    const rolled = withRollbacks({ ...known, spec: { ...known.spec, tags: [tag] } }, known, now);
    const mapped = recordMapping({
      stream: known,
      tag: 't',
      image: image(digest('aa')),
      existed: false,
      now,
    });
    for (const { stream: made } of [importing, rolled, mapped]) {
      expect(statusTag(made, 't')?.items).toHaveLength(3);
      expect(newestEvent(made, 't')?.created).toBe(ahead);
    }
  });
});

describe('what was observed of a tag', () => {
  test('is the newer of its item and its failure', () => {
    expect(observedGeneration(undefined)).toBe(0);
    expect(observedGeneration({ tag: 't', items: [event('r', 'aa', 3)] })).toBe(3);
    expect(
      observedGeneration({ tag: 't', items: [event('r', 'aa', 3)], conditions: [condition] }),
    ).toBe(7);
  });

  test('decides whether an external tag is imported', () => {
    const intent = { ...imported('t'), generation: 4 };
    expect(needsImport(intent, { tag: 't', items: [event('r', 'aa', 3)] })).toBe(true);
    expect(needsImport(intent, { tag: 't', items: [event('r', 'aa', 4)] })).toBe(false);
    expect(needsImport({ ...intent, reference: true }, undefined)).toBe(false);
    expect(needsImport({ ...tagFrom('t', 'ImageStreamTag', 'b'), generation: 4 }, undefined)).toBe(
      false,
    );
  });
});

describe('tags that follow tags', () => {
  test('a chain of followers advances in one step', () => {
    const base = stream('app', [
      tagFrom('b', 'ImageStreamTag', 'a'),
      tagFrom('c', 'ImageStreamTag', 'app:b'),
      tagFrom('other', 'ImageStreamTag', 'lib:a'),
    ]);
    const result = trackTag(pushTagEvent(base, 'a', event('r', 'aa', 5)), 'a');
    expect(history(result, 'b')).toEqual(['5:aa']);
    expect(history(result, 'c')).toEqual(['5:aa']);
    expect(history(result, 'other')).toEqual([]);
  });

  test('a circle of followers ends', () => {
    const base = stream('app', [
      tagFrom('a', 'ImageStreamTag', 'b'),
      tagFrom('b', 'ImageStreamTag', 'a'),
    ]);
    const result = trackTag(pushTagEvent(base, 'a', event('r', 'aa', 5)), 'a');
    expect([history(result, 'a'), history(result, 'b')]).toEqual([['5:aa'], ['5:aa']]);
  });
});
