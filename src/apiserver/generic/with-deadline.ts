import type { Clock } from '#src/lib/clock.ts';

export interface DeadlineOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Milliseconds between two ticks. */
  readonly everyMs: number;
  /** When to end, in milliseconds as the clock counts. */
  readonly until: number;
}

/**
 * The values of an endless source with a `tick` between them every so often and one at the deadline, which is the end.
 * Ends quietly when the signal is aborted.
 * @param start gets a signal that is aborted when nothing more is wanted
 */
export async function* withDeadline<T>(
  start: (signal: AbortSignal) => AsyncIterable<T>,
  { clock, signal, everyMs, until }: DeadlineOptions,
): AsyncGenerator<T | 'tick'> {
  const done = new AbortController();
  const ended = AbortSignal.any([signal, done.signal]);
  const iterator = start(ended)[Symbol.asyncIterator]();
  try {
    let pending = iterator.next();
    let tick = sleep(clock, Math.min(everyMs, until - clock.now()), ended);
    for (;;) {
      const result = await Promise.race([pending, tick]);
      if (ended.aborted) return;
      if (result === 'tick') {
        yield 'tick';
        const left = until - clock.now();
        if (left <= 0) return;
        tick = sleep(clock, Math.min(everyMs, left), ended);
      } else {
        if (result.done === true) return;
        yield result.value;
        pending = iterator.next();
      }
    }
  } catch (error) {
    if (!ended.aborted) throw error;
  } finally {
    done.abort();
    await iterator.return?.();
  }
}

async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<'tick'> {
  try {
    await clock.sleep(Math.max(0, ms), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return 'tick';
}
