import { expect, test } from 'vitest';

import { QueueWatchdog, tickMs } from '#src/controllers/queue-watchdog.ts';
import { silentLogger } from '#src/lib/logger.ts';

const periodMs = 600_000;

/** Looks so many times at a queue that ticks, with a schedule that is late by `lagMs`. */
async function watched(looks: number, lagMs: number): Promise<{ ticks: number; lags: number }> {
  const counts = { ticks: 0, lags: 0 };
  const stop = new AbortController();
  let slept = 0;
  const watchdog = new QueueWatchdog({
    imports: {
      enqueueStream: async () => undefined,
      enqueueStreams: async () => undefined,
      enqueueRequest: async () => undefined,
      depth: async () => ({ waiting: 0, active: 0, delayed: 0 }),
      oldestMs: async () => 0,
    },
    schedule: {
      enqueueChecks: async () => undefined,
      startTicking: async () => undefined,
      tickNow: async () => {
        counts.ticks += 1;
      },
      isTicking: async () => true,
      depth: async () => ({ waiting: 0, active: 0, delayed: 0 }),
      oldestMs: async () => 0,
    },
    mailbox: { unanswered: async () => [] } as never,
    ledger: {
      release: async () => undefined,
      lag: async () => {
        counts.lags += 1;
        return { tags: 1, waiting: 1, heldBack: 0, lagMs };
      },
    },
    clock: {
      now: () => 0,
      sleep: async () => {
        slept += 1;
        if (slept > looks) stop.abort();
      },
    },
    logger: silentLogger,
    periodMs,
    onLost: () => undefined,
  });
  await watchdog.run(stop.signal);
  return counts;
}

test('a clock that is late, as that of another machine may be, is helped along', async () => {
  expect(await watched(10, 4 * tickMs(periodMs))).toEqual({ ticks: 2, lags: 2 });
});

test('a schedule that is on time is left to its clock', async () => {
  expect(await watched(10, tickMs(periodMs))).toEqual({ ticks: 0, lags: 2 });
});
