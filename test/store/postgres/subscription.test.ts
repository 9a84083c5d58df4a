import { expect, test } from 'vitest';

import { Subscription } from '#src/store/postgres/subscription.ts';
import type { StoreEvent } from '#src/store/store.ts';

function eventAt(revision: number, resource = 'x', namespace = 'n'): StoreEvent {
  const key = { resource, namespace, name: 'a' };
  return { type: 'update', key, revision, previousRevision: revision - 1, body: '' };
}

test('what comes in while the watcher is busy comes in one batch', async () => {
  const subscription = new Subscription(undefined, 0);
  subscription.push([eventAt(1)], 1);
  subscription.push([eventAt(2), eventAt(3)], 3);
  expect(subscription.wake()).toBe(true);
  const batch = await subscription.next();
  expect(batch.revision).toBe(3);
  expect(batch.events.map(({ revision }) => revision)).toEqual([1, 2, 3]);
});

test('a watcher ahead of the hub does not see again what it has seen', async () => {
  const subscription = new Subscription(undefined, 2);
  subscription.push([eventAt(1), eventAt(2), eventAt(3)], 3);
  subscription.wake();
  expect((await subscription.next()).events.map(({ revision }) => revision)).toEqual([3]);
});

test('what was pushed waits for the watcher to be woken, and comes with what came later', async () => {
  const subscription = new Subscription(undefined, 0);
  const next = subscription.next();
  subscription.push([eventAt(1)], 1);
  expect(await Promise.race([next, Promise.resolve('still waiting')])).toBe('still waiting');
  subscription.push([eventAt(2)], 2);
  subscription.wake();
  expect((await next).events.map(({ revision }) => revision)).toEqual([1, 2]);
  expect(subscription.wake()).toBe(false);
});

test('events of other ranges wake nobody; a tick tells how far it went', async () => {
  const subscription = new Subscription([{ resource: 'x', namespace: 'n' }], 0);
  const next = subscription.next();
  subscription.push([eventAt(1, 'y'), eventAt(2, 'x', 'm')], 2);
  expect(subscription.wake()).toBe(false);
  const early = await Promise.race([next, Promise.resolve('still waiting')]);
  expect(early).toBe('still waiting');
  subscription.tick();
  expect(await next).toEqual({ revision: 2, events: [] });
});

test('a tick without progress is not a batch', async () => {
  const subscription = new Subscription(undefined, 5);
  const next = subscription.next();
  subscription.tick();
  expect(await Promise.race([next, Promise.resolve('still waiting')])).toBe('still waiting');
});

test('a watcher that holds back too much is ended at once and keeps nothing', async () => {
  const subscription = new Subscription(undefined, 0);
  const many = Array.from({ length: 10_001 }, (_, index) => eventAt(index + 1));
  subscription.push(many, 10_001);
  await expect(subscription.next()).rejects.toMatchObject({ code: 'SlowWatcher' });
  subscription.push([eventAt(10_002)], 10_002);
  await expect(subscription.next()).rejects.toMatchObject({ code: 'SlowWatcher' });
});

test('the first reason to end is the one that counts', async () => {
  const subscription = new Subscription(undefined, 0);
  const next = subscription.next();
  const first = new Error('first');
  subscription.fail(first);
  subscription.fail(new Error('second'));
  await expect(next).rejects.toBe(first);
});
