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
  const either = new Either<IteratorResult<T>>();
  // A signal that others are made of takes a while to ask.
  let isOver = ended.aborted;
  ended.addEventListener('abort', () => {
    isOver = true;
    either.tick();
  });
  const tickAfter = (ms: number): void => {
    void sleep(clock, ms, ended).then(() => either.tick());
  };
  try {
    either.await(iterator.next());
    tickAfter(Math.min(everyMs, until - clock.now()));
    for (;;) {
      const result = await either.next();
      if (isOver) return;
      if (result === 'tick') {
        yield 'tick';
        const left = until - clock.now();
        if (left <= 0) return;
        tickAfter(Math.min(everyMs, left));
      } else {
        if (result.done === true) return;
        yield result.value;
        either.await(iterator.next());
      }
    }
  } catch (error) {
    if (!isOver) throw error;
  } finally {
    done.abort();
    await iterator.return?.();
  }
}

/**
 * Waits for a value or a tick, whichever comes first. A race of two promises would leave something behind at the slower
 * one each time, and ticks are much slower than values.
 */
class Either<V> {
  #value: V | undefined;
  #failure: { readonly error: unknown } | undefined;
  #isTicked = false;
  #wake: (() => void) | undefined;

  /** The value that is waited for; one at a time. */
  await(value: Promise<V>): void {
    void this.#take(value).then(() => this.#wake?.());
  }

  tick(): void {
    this.#isTicked = true;
    this.#wake?.();
  }

  async #take(value: Promise<V>): Promise<void> {
    try {
      this.#value = await value;
    } catch (error) {
      this.#failure = { error };
    }
  }

  async next(): Promise<V | 'tick'> {
    while (!this.#isTicked && this.#value === undefined && this.#failure === undefined)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    if (this.#isTicked) {
      this.#isTicked = false;
      return 'tick';
    }
    if (this.#failure !== undefined) throw this.#failure.error;
    const value = this.#value;
    this.#value = undefined;
    if (value === undefined) throw new Error('a value was lost');
    return value;
  }
}

async function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  try {
    await clock.sleep(Math.max(0, ms), signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
