import { describe, expect, test, vi } from 'vitest';

import { emptyStats } from '#src/oci/content/types.ts';
import { Deadlines } from '#src/oci/net/deadlines.ts';
import { Lane } from '#src/oci/net/lane.ts';
import { defaultLaneOptions } from '#src/oci/net/lane-options.ts';
import { defaultLimits } from '#src/oci/net/limits.ts';
import { Operation } from '#src/oci/net/operation.ts';

function lane(options: Partial<typeof defaultLaneOptions> = {}): Lane {
  return new Lane({ ...defaultLaneOptions, ...options }, new Deadlines());
}

/** Does something when it is its turn. */
async function inTurn<T>(on: Lane, whose: Operation, task: () => Promise<T>): Promise<T> {
  await on.enter(whose);
  try {
    return await task();
  } finally {
    on.leave();
  }
}

function operation(
  options: { priority?: number; signal?: AbortSignal; deadlineMs?: number } = {},
): Operation {
  return new Operation({ stats: emptyStats(), ...options }, defaultLimits);
}

/** So many answers of so many milliseconds. */
function answers(to: Lane, count: number, ms: number): void {
  for (let index = 0; index < count; index += 1) to.answered(ms);
}

const kinds = [
  { name: 'a lane without a rate', options: {} },
  { name: 'a lane with a rate', options: { ratePerSecond: 1000, burst: 1000 } },
];

describe.for(kinds)('B22: turns of $name', ({ options }) => {
  const narrow = (concurrencyPerHost: number): Lane => lane({ concurrencyPerHost, ...options });

  test('no more are in flight than the host may have', async () => {
    const three = narrow(3);
    let inFlight = 0;
    let most = 0;
    const tasks = Array.from({ length: 20 }, async () =>
      inTurn(three, operation(), async () => {
        inFlight += 1;
        most = Math.max(most, inFlight);
        await new Promise(setImmediate);
        inFlight -= 1;
      }),
    );
    await Promise.all(tasks);
    expect(most).toBe(3);
  });

  test('who matters more goes first, equals in their order', async () => {
    const single = narrow(1);
    const order: string[] = [];
    const enter = async (name: string, priority: number): Promise<void> =>
      inTurn(single, operation({ priority }), async () => {
        order.push(name);
        await new Promise(setImmediate);
      });
    await Promise.all([
      enter('first', 0),
      enter('scheduled', 0),
      enter('scheduled too', 0),
      enter('asked for', 5),
    ]);
    expect(order).toEqual(['first', 'asked for', 'scheduled', 'scheduled too']);
  });

  test('who gives up while waiting leaves, and nothing of the lane is lost', async () => {
    const single = narrow(1);
    let finish: (() => void) | undefined;
    const first = inTurn(
      single,
      operation(),
      async () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    const controller = new AbortController();
    const waiting = inTurn(single, operation({ signal: controller.signal }), () =>
      Promise.resolve(1),
    );
    controller.abort();
    await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
    finish?.();
    await first;
    await expect(inTurn(single, operation(), () => Promise.resolve(2))).resolves.toBe(2);
    expect(single.idle(0)).toBe(true);
  });

  test('a failing request makes room for the next', async () => {
    const single = narrow(1);
    const failing = inTurn(single, operation(), () => Promise.reject(new Error('no')));
    const next = inTurn(single, operation(), () => Promise.resolve('yes'));
    await expect(failing).rejects.toThrow('no');
    await expect(next).resolves.toBe('yes');
  });

  test('who has waited until the end of its operation leaves, and nothing of the lane is lost', async () => {
    const single = narrow(1);
    await single.enter(operation());
    const late = Promise.resolve(single.enter(operation({ deadlineMs: 20 })));
    await expect(late).rejects.toMatchObject({ code: 'TIMEOUT', phase: 'lane' });
    single.leave();
    await expect(inTurn(single, operation(), () => Promise.resolve(2))).resolves.toBe(2);
    await vi.waitFor(() => {
      expect(single.idle(0)).toBe(true);
    });
  });

  test('a lane that narrows lets nobody in until there is room again', async () => {
    const four = narrow(4);
    await Promise.all([1, 2, 3, 4].map(async () => four.enter(operation())));
    four.block(0);
    expect(four.concurrency).toBe(2);
    let entered = false;
    const next = inTurn(four, operation(), () => {
      entered = true;
      return Promise.resolve();
    });
    four.leave();
    four.leave();
    await new Promise(setImmediate);
    expect(entered).toBe(false);
    four.leave();
    await next;
    expect(entered).toBe(true);
  });
});

test('B22: no more start in a second than the rate allows', async () => {
  const rated = lane({ ratePerSecond: 50, burst: 5 });
  const starts: number[] = [];
  for (let index = 0; index < 26; index += 1)
    await inTurn(rated, operation(), async () => {
      starts.push(performance.now());
    });
  const spans = starts.slice(5).map((at, index) => at - (starts[index] ?? 0));
  // Six never start within 100 ms, as far as timers and this clock agree.
  expect(Math.min(...spans)).toBeGreaterThan(80);
});

test('a rate is divided by the processes that share it, and is theirs who are left', async () => {
  vi.useFakeTimers();
  try {
    const rated = lane({ ratePerSecond: 50, burst: 5 });
    let started = 0;
    const begin = async (): Promise<void> =>
      inTurn(rated, operation(), async () => {
        started += 1;
      });
    rated.shareWith(5);
    const waiting = Promise.all(Array.from({ length: 12 }, begin));
    const seen: number[] = [];
    const after = async (ms: number): Promise<void> => {
      await vi.advanceTimersByTimeAsync(ms);
      seen.push(started);
    };
    // Five in 100 ms, of which four are the others'.
    for (const ms of [1, 100, 100, 100]) await after(ms);
    rated.shareWith(1);
    // Those who wait already feel that the others have left.
    for (const ms of [100, 100]) await after(ms);
    expect(seen).toEqual([1, 2, 3, 4, 9, 12]);
    await waiting;
    expect(rated.idle(0)).toBe(true);
  } finally {
    vi.useRealTimers();
  }
});

describe('B22: how wide a lane is', () => {
  test('429 halves it down to one, and every sixteen calm answers widen it by one', () => {
    const busy = lane();
    const seen = [busy.concurrency];
    for (let index = 0; index < 5; index += 1) {
      busy.block(index);
      seen.push(busy.concurrency);
    }
    expect(seen).toEqual([8, 4, 2, 1, 1, 1]);
    answers(busy, 15, 10);
    expect(busy.concurrency).toBe(1);
    answers(busy, 1, 10);
    expect(busy.concurrency).toBe(2);
    answers(busy, 16 * 6, 10);
    expect(busy.concurrency).toBe(8);
    answers(busy, 1000, 10);
    expect(busy.concurrency).toBe(8);
  });

  test('a pause is never made shorter', () => {
    const busy = lane();
    busy.block(60_000);
    busy.block(1000);
    expect(busy.blockedUntil).toBe(60_000);
  });
});

describe('B22: the lane of a host that computes a bcrypt for each request', () => {
  test('starts with two, and widens as long as answers take as long as before', () => {
    const slow = lane();
    slow.becomeAdaptive();
    const curve = [slow.concurrency];
    for (let round = 0; round < 7; round += 1) {
      answers(slow, 16, 70);
      curve.push(slow.concurrency);
    }
    expect(curve).toEqual([2, 3, 4, 5, 6, 7, 8, 8]);
  });

  test('on one core answers wait for each other: it stays where waiting begins', () => {
    const slow = lane();
    slow.becomeAdaptive();
    // One alone takes 70 ms; n in flight on one core take n times as long, and queues form on top of it.
    const curve: number[] = [];
    slow.answered(70);
    for (let round = 0; round < 200; round += 1) {
      const n = slow.concurrency;
      slow.answered(n <= 3 ? 70 * n : 70 * n * n);
      curve.push(slow.concurrency);
    }
    expect(Math.max(...curve)).toBe(4);
    expect(Math.min(...curve)).toBe(2);
    // Most of the time it is as wide as serves.
    expect(curve.filter((n) => n <= 3).length).toBeGreaterThan(180);
  });

  test('becomes adaptive once only', () => {
    const slow = lane();
    slow.becomeAdaptive();
    answers(slow, 16 * 6, 70);
    slow.becomeAdaptive();
    expect(slow.concurrency).toBe(8);
  });

  test('is never wider than it was configured', () => {
    const slow = lane({ concurrencyPerHost: 1 });
    slow.becomeAdaptive();
    answers(slow, 100, 70);
    expect(slow.concurrency).toBe(1);
  });
});
