import { describe, expect, test } from 'vitest';

import { withDeadline } from '#src/apiserver/generic/with-deadline.ts';
import type { Clock } from '#src/lib/clock.ts';

/** A clock that stands still until it is moved. */
class ManualClock implements Clock {
  #now = 0;
  readonly #sleepers = new Set<{ readonly at: number; readonly wake: () => void }>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((wake, refuse) => {
      this.#sleepers.add({ at: this.#now + ms, wake });
      signal?.addEventListener('abort', () => {
        refuse(new Error('aborted'));
      });
    });
  }

  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of this.#sleepers)
      if (sleeper.at <= this.#now) {
        this.#sleepers.delete(sleeper);
        sleeper.wake();
      }
  }
}

/** A source of which the test decides when there is something. */
class Source {
  readonly pushed: string[] = [];
  ended = false;
  #wake = Promise.withResolvers<void>();

  push(value: string): void {
    this.pushed.push(value);
    this.#wake.resolve();
  }

  async *read(signal: AbortSignal): AsyncGenerator<string> {
    signal.addEventListener('abort', () => {
      this.#wake.resolve();
    });
    try {
      for (;;) {
        while (this.pushed.length > 0) yield this.pushed.shift()!;
        if (signal.aborted) return;
        await this.#wake.promise;
        this.#wake = Promise.withResolvers<void>();
      }
    } finally {
      this.ended = true;
    }
  }
}

function start(until: number): {
  clock: ManualClock;
  source: Source;
  left: AbortController;
  values: AsyncGenerator<string>;
} {
  const clock = new ManualClock();
  const source = new Source();
  const left = new AbortController();
  const values = withDeadline((signal) => source.read(signal), {
    clock,
    signal: left.signal,
    everyMs: 60_000,
    until,
  });
  return { clock, source, left, values };
}

// oxlint-disable-next-line require-yield -- it fails before it has anything
async function* broken(): AsyncGenerator<string> {
  await Promise.resolve();
  throw new Error('compacted');
}

describe('a watch with a deadline', () => {
  test('ticks every minute between its values, and at its end', async () => {
    const { clock, source, values } = start(150_000);
    source.push('a');
    expect((await values.next()).value).toBe('a');
    const seen: unknown[] = [];
    for (const step of [60_000, 60_000, 30_000]) {
      const next = values.next();
      clock.advance(step);
      seen.push((await next).value);
    }
    expect(seen).toEqual(['tick', 'tick', 'tick']);
    expect(await values.next()).toEqual({ done: true, value: undefined });
    expect(source.ended).toBe(true);
  });

  test('ends quietly when its client leaves, and its source with it', async () => {
    const { source, left, values } = start(150_000);
    const next = values.next();
    left.abort();
    expect(await next).toEqual({ done: true, value: undefined });
    expect(source.ended).toBe(true);
  });

  test('hands on what goes wrong with its source', async () => {
    const clock = new ManualClock();
    const values = withDeadline(broken, {
      clock,
      signal: new AbortController().signal,
      everyMs: 1000,
      until: 1000,
    });
    await expect(values.next()).rejects.toThrow('compacted');
  });
});
