import { expect, test } from 'vitest';

import { FanOut } from '#src/store/postgres/fan-out.ts';
import { Subscription } from '#src/store/postgres/subscription.ts';
import type { StoreEvent } from '#src/store/store.ts';

function eventAt(revision: number): StoreEvent {
  const key = { resource: 'x', namespace: 'n', name: 'a' };
  return { type: 'update', key, revision, previousRevision: revision - 1, body: '' };
}

/** Watchers that each note the revisions of every batch they are handed. */
function startWatchers(count: number): {
  subscriptions: Set<Subscription>;
  batches: number[][][];
  push: (revision: number) => void;
} {
  const subscriptions = new Set(
    Array.from({ length: count }, () => new Subscription(undefined, 0)),
  );
  const batches = [...subscriptions].map((subscription) => {
    const seen: number[][] = [];
    void (async () => {
      for (;;) seen.push((await subscription.next()).events.map(({ revision }) => revision));
    })().catch(() => undefined);
    return seen;
  });
  const fanOut = new FanOut(subscriptions);
  return {
    subscriptions,
    batches,
    push(revision) {
      for (const subscription of subscriptions) subscription.push([eventAt(revision)], revision);
      fanOut.begin();
    },
  };
}

async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise(setImmediate);
}

test('every watcher gets everything in order, the first of them before anything else happens', async () => {
  const { batches, push } = startWatchers(200);
  push(1);
  await Promise.resolve();
  await Promise.resolve();
  expect(batches[0]).toEqual([[1]]);
  expect(batches.at(-1)).toEqual([]);
  push(2);
  push(3);
  await until(() => batches.every((seen) => seen.flat().length === 3));
  for (const seen of batches) expect(seen.flat()).toEqual([1, 2, 3]);
});

test('what is written during a pass is handed to each watcher at one time', async () => {
  const { batches, push } = startWatchers(200);
  for (let revision = 1; revision <= 50; revision += 1) push(revision);
  await until(() => batches.every((seen) => seen.flat().length === 50));
  for (const seen of batches) expect(seen.length).toBeLessThanOrEqual(2);
});

test('a watcher that left during a pass is passed over, and one that failed is told', async () => {
  const { subscriptions, batches, push } = startWatchers(200);
  const [first, last] = [[...subscriptions][0]!, [...subscriptions].at(-1)!];
  push(1);
  subscriptions.delete(last);
  first.fail(new Error('over'));
  push(2);
  await until(() => batches.slice(1, -1).every((seen) => seen.flat().length === 2));
  expect(batches.at(-1)!.flat()).toEqual([]);
  await expect(first.next()).rejects.toThrow('over');
});
