import { expect, test } from 'vitest';

import { RecentEvents } from '#src/store/postgres/recent-events.ts';
import type { StoreEvent } from '#src/store/store.ts';

function eventsOf(first: number, last: number, body = ''): StoreEvent[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    type: 'create',
    key: { resource: 'x', namespace: '', name: `${first + index}` },
    revision: first + index,
    previousRevision: 0,
    body,
  }));
}
function revisions(events: readonly StoreEvent[] | undefined): number[] | undefined {
  return events?.map(({ revision }) => revision);
}

test('what came since a revision is known from where it began', () => {
  const recent = new RecentEvents();
  recent.reset(10);
  recent.add(eventsOf(11, 13));
  recent.add(eventsOf(14, 14));
  expect(revisions(recent.since(10))).toEqual([11, 12, 13, 14]);
  expect(revisions(recent.since(12))).toEqual([13, 14]);
  expect(revisions(recent.since(14))).toEqual([]);
  expect(recent.since(9)).toBeUndefined();
});

test('only so many are kept, the newest', () => {
  const recent = new RecentEvents();
  recent.reset(0);
  recent.add(eventsOf(1, 1_500));
  recent.add(eventsOf(1_501, 2_500));
  expect(recent.since(499)).toBeUndefined();
  expect(revisions(recent.since(500))?.slice(0, 1)).toEqual([501]);
});

test('large ones are dropped sooner, even a single one that is too large', () => {
  const recent = new RecentEvents();
  recent.reset(0);
  recent.add(eventsOf(1, 10, 'x'.repeat(1024 * 1024)));
  expect(recent.since(1)).toBeUndefined();
  expect(revisions(recent.since(2))).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  recent.add(eventsOf(11, 11, 'x'.repeat(9 * 1024 * 1024)));
  expect(recent.since(10)).toBeUndefined();
  expect(revisions(recent.since(11))).toEqual([]);
  recent.add(eventsOf(12, 12));
  expect(revisions(recent.since(11))).toEqual([12]);
});

test('what was compacted is not known any more', () => {
  const recent = new RecentEvents();
  recent.reset(0);
  recent.add(eventsOf(1, 5));
  recent.forgetUpTo(3);
  recent.forgetUpTo(2);
  expect(recent.since(2)).toBeUndefined();
  expect(revisions(recent.since(3))).toEqual([4, 5]);
  recent.forgetUpTo(100);
  expect(revisions(recent.since(5))).toEqual([]);
});
