import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { Seats } from '#src/apiserver/http/seats.ts';

const here = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function seats(options: Partial<ConstructorParameters<typeof Seats>[0]> = {}): Seats {
  return new Seats({ seats: 4, share: 2, lineLength: 2, patienceMs: 1_000, ...options });
}

test('one user has their share and no more, and others have the rest', () => {
  const all = seats();
  expect([1, 2, 3].map(() => all.tryTake('a', 1))).toEqual([true, true, false]);
  expect([1, 2, 3].map(() => all.tryTake('b', 1))).toEqual([true, true, false]);
  expect(all.tryTake('c', 1)).toBe(false);
});

test('whoever waits for their own share holds up nobody', async () => {
  const all = seats();
  all.tryTake('a', 1);
  all.tryTake('a', 1);
  const waiting = all.take('a', 1, here);
  expect(await all.take('b', 1, here)).toBe(true);
  all.leave('a', 1);
  expect(await waiting).toBe(true);
});

test('a free seat goes to the user who holds the fewest, however long the line of another', async () => {
  const all = seats({ seats: 2, share: 2, lineLength: 10 });
  all.tryTake('flood', 1);
  all.tryTake('flood', 1);
  const order: string[] = [];
  for (const user of ['flood', 'flood', 'flood', 'b'])
    void all.take(user, 1, here).then((seated) => order.push(`${user} ${seated}`));
  all.leave('flood', 1);
  await Promise.resolve();
  expect(order).toEqual(['b true']);
  all.leave('b', 1);
  all.leave('flood', 1);
  await Promise.resolve();
  expect(order).toEqual(['b true', 'flood true', 'flood true']);
});

test('a full line and a long wait are turned away, and give back nothing they had not', async () => {
  const all = seats({ seats: 1, share: 1, lineLength: 1 });
  all.tryTake('a', 1);
  const waiting = all.take('a', 1, here);
  expect(await all.take('a', 1, here)).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(await waiting).toBe(false);
  all.leave('a', 1);
  expect(all.tryTake('b', 1)).toBe(true);
});

test('a client that leaves is not seated', async () => {
  const all = seats({ seats: 1, share: 1 });
  all.tryTake('a', 1);
  const left = new AbortController();
  const waiting = all.take('b', 1, left.signal);
  left.abort();
  expect(await waiting).toBe(false);
  expect(await all.take('b', 1, left.signal)).toBe(false);
  all.leave('a', 1);
  expect(all.tryTake('c', 1)).toBe(true);
});

test('a request wider than a share takes the whole share', async () => {
  const all = seats();
  expect(all.tryTake('a', 9)).toBe(true);
  expect(all.tryTake('a', 1)).toBe(false);
  all.leave('a', 9);
  expect(all.tryTake('a', 2)).toBe(true);
});

test('thousands of users leave nothing behind', () => {
  const all = seats();
  for (let index = 0; index < 5_000; index += 1) {
    expect(all.tryTake(`user-${index}`, 1)).toBe(true);
    all.leave(`user-${index}`, 1);
  }
  expect(all.holders).toBeLessThanOrEqual(1_001);
});
