import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { systemClock } from '#src/lib/clock.ts';
import { silentLogger } from '#src/lib/logger.ts';
import type { PushedTag } from '#src/registry/notifications/envelope.ts';
import { Hastener } from '#src/registry/notifications/hastener.ts';
import type { LedgerRow } from '#src/store/ledger.ts';

const repository = 'registry-1.docker.io/library/redis';

function rowOf(tag: string, from: string): LedgerRow {
  const stream = { namespace: 'shop', name: 'redis', uid: 'u' };
  return { ...stream, tag, from, repository, periodMs: 900_000, dueAt: 0, failures: 0, readAt: 0 };
}

/** A ledger with the given rows whose answers can be held back. */
function ledgerWith(rows: readonly LedgerRow[]) {
  const asked: string[][] = [];
  const hastened: { tags: string[]; afterMs: number }[] = [];
  let gate: Promise<void> = Promise.resolve();
  return {
    asked,
    hastened,
    hold(until: Promise<void>): void {
      gate = until;
    },
    async inRepositories(repositories: readonly string[]): Promise<LedgerRow[]> {
      asked.push([...repositories]);
      await gate;
      return rows.filter((row) => repositories.includes(row.repository));
    },
    hasten(keys: readonly { tag: string }[], afterMs: number): Promise<void> {
      hastened.push({ tags: keys.map(({ tag }) => tag), afterMs });
      return Promise.resolve();
    },
  };
}

function start(ledger: ReturnType<typeof ledgerWith>) {
  const handOut = vi.fn<() => Promise<void>>(() => Promise.resolve());
  const options = { ledger, clock: systemClock, logger: silentLogger, handOut, settleMs: 500 };
  return { hastener: new Hastener(options), handOut };
}

const pushed = (tag: string, where = repository): PushedTag[] => [{ repository: where, tag }];

beforeEach(() => {
  vi.useFakeTimers({ now: 10_000 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe('news of a push', () => {
  test('make every row due that follows the tag, however its pull spec is written', async () => {
    const ledger = ledgerWith([
      rowOf('short', 'redis'),
      rowOf('long', 'docker.io/library/redis:latest'),
      rowOf('other', 'redis:7'),
    ]);
    const { hastener, handOut } = start(ledger);
    await hastener.hasten(pushed('latest'));
    expect(ledger.hastened).toEqual([{ tags: ['short', 'long'], afterMs: 500 }]);
    await vi.advanceTimersByTimeAsync(499);
    expect(handOut).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(handOut).toHaveBeenCalledTimes(1);
  });

  test('of what nobody follows write nothing and wake nobody', async () => {
    const ledger = ledgerWith([rowOf('seven', 'redis:7')]);
    const { hastener, handOut } = start(ledger);
    await hastener.hasten([]);
    expect(ledger.asked).toEqual([]);
    await hastener.hasten([...pushed('8'), ...pushed('7', 'quay.io/library/redis')]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(ledger.hastened).toEqual([]);
    expect(handOut).not.toHaveBeenCalled();
  });

  test('that come in a storm are put together', async () => {
    const ledger = ledgerWith([rowOf('seven', 'redis:7')]);
    const { hastener, handOut } = start(ledger);
    const first = Promise.withResolvers<void>();
    ledger.hold(first.promise);
    const storm = Array.from({ length: 1000 }, async () => {
      await Promise.resolve();
      await hastener.hasten(pushed('7'));
    });
    await vi.advanceTimersByTimeAsync(0);
    first.resolve();
    await Promise.all(storm);
    expect(ledger.asked.length).toBeLessThanOrEqual(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(handOut.mock.calls.length).toBeLessThanOrEqual(2);
  });

  test('that come while checks are handed out are handed out too', async () => {
    const ledger = ledgerWith([rowOf('seven', 'redis:7')]);
    const { hastener, handOut } = start(ledger);
    handOut.mockImplementationOnce(() => hastener.hasten(pushed('7')));
    await hastener.hasten(pushed('7'));
    await vi.advanceTimersByTimeAsync(1000);
    expect(handOut).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(5000);
    expect(handOut).toHaveBeenCalledTimes(2);
  });

  test('are refused while the database is away, and taken when it is back', async () => {
    const ledger = ledgerWith([rowOf('seven', 'redis:7')]);
    const { hastener } = start(ledger);
    ledger.hold(Promise.reject(new Error('away')));
    await expect(hastener.hasten(pushed('7'))).rejects.toThrow('away');
    ledger.hold(Promise.resolve());
    await hastener.hasten(pushed('7'));
    expect(ledger.hastened).toHaveLength(1);
  });

  test('are left to the next tick when handing out fails', async () => {
    const ledger = ledgerWith([rowOf('seven', 'redis:7')]);
    const { hastener, handOut } = start(ledger);
    handOut.mockRejectedValueOnce(new Error('no queue'));
    await hastener.hasten(pushed('7'));
    await vi.advanceTimersByTimeAsync(500);
    await hastener.hasten(pushed('7'));
    await vi.advanceTimersByTimeAsync(500);
    expect(handOut).toHaveBeenCalledTimes(2);
  });

  test('wake nobody after the end', async () => {
    const ledger = ledgerWith([rowOf('seven', 'redis:7')]);
    const { hastener, handOut } = start(ledger);
    await hastener.hasten(pushed('7'));
    await hastener.close();
    await vi.advanceTimersByTimeAsync(5000);
    expect(handOut).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
