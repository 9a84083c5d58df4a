import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { Deadlines, noSlot, type Deadline } from '#src/oci/net/deadlines.ts';

let ended: string[] = [];

/** Ends so many milliseconds from now. */
function deadline(name: string, ms: number, expire: () => void = () => undefined): Deadline {
  return {
    at: performance.now() + ms,
    slot: noSlot,
    expire: () => {
      ended.push(name);
      expire();
    },
  };
}

beforeEach(() => {
  ended = [];
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
});

afterEach(() => {
  vi.useRealTimers();
});

describe('deadlines of requests', () => {
  test('each expires at its own time, whatever order they came in', () => {
    const deadlines = new Deadlines();
    for (const [name, ms] of [
      ['third', 300],
      ['first', 100],
      ['second', 200],
    ] as const)
      deadlines.add(deadline(name, ms));
    vi.advanceTimersByTime(99);
    expect(ended).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(ended).toEqual(['first']);
    vi.advanceTimersByTime(1000);
    expect(ended).toEqual(['first', 'second', 'third']);
  });

  test('what is over before does not expire, and the others do', () => {
    const deadlines = new Deadlines();
    const all = ['a', 'b', 'c', 'd'].map((name) => deadline(name, 100));
    for (const each of all) deadlines.add(each);
    for (const index of [3, 0]) deadlines.delete(all[index] as Deadline);
    // Once more changes nothing for those that took their place.
    for (const index of [3, 0]) deadlines.delete(all[index] as Deadline);
    vi.advanceTimersByTime(100);
    expect(ended.toSorted()).toEqual(['b', 'c']);
  });

  test('one that expires may end others of the same time, and begin new ones', () => {
    const deadlines = new Deadlines();
    const second = deadline('second', 100);
    const first = deadline('first', 100, () => {
      deadlines.delete(second);
      deadlines.add(deadline('new', 50));
    });
    deadlines.add(first);
    deadlines.add(second);
    deadlines.add(deadline('later', 500));
    vi.advanceTimersByTime(100);
    expect(ended).toEqual(['first']);
    vi.advanceTimersByTime(50);
    expect(ended).toEqual(['first', 'new']);
    vi.advanceTimersByTime(350);
    expect(ended).toEqual(['first', 'new', 'later']);
  });

  test('one that has expired may be waited for again', () => {
    const deadlines = new Deadlines();
    const again = deadline('again', 100);
    deadlines.add(again);
    vi.advanceTimersByTime(100);
    deadlines.add(again);
    vi.advanceTimersByTime(1);
    expect(ended).toEqual(['again', 'again']);
  });

  test('nothing expires after the end', () => {
    const deadlines = new Deadlines();
    const open = deadline('open', 100);
    deadlines.add(open);
    deadlines.close();
    deadlines.delete(open);
    vi.advanceTimersByTime(1000);
    expect(ended).toEqual([]);
  });
});
