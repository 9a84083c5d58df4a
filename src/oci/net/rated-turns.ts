import PQueue from 'p-queue';

import type { Deadlines } from './deadlines.ts';
import type { Operation } from './operation.ts';
import { Waiter, type Turns } from './turns.ts';

function nothing(): void {
  // The turn itself is what is spent.
}

/** Turns of a host that takes only so many requests a second. */
export class RatedTurns implements Turns {
  readonly #queue: PQueue;
  readonly #deadlines: Deadlines;
  processes = 1;
  /** Ends of turns; which of them ends makes no difference. */
  readonly #ends: (() => void)[] = [];

  /** @param burst how many may come at once; default a second's */
  constructor(
    { concurrency, rate, burst = rate }: { concurrency: number; rate: number; burst?: number },
    deadlines: Deadlines,
  ) {
    this.#deadlines = deadlines;
    const intervalCap = Math.max(1, Math.round(burst));
    const interval = Math.ceil((intervalCap / rate) * 1000);
    // Strict: with fixed windows, twice as many may start around the end of one.
    this.#queue = new PQueue({ concurrency, intervalCap, interval, strict: true });
  }

  get inFlight(): number {
    return this.#queue.pending;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  get concurrency(): number {
    return this.#queue.concurrency;
  }

  set concurrency(concurrency: number) {
    this.#queue.concurrency = concurrency;
  }

  enter(operation: Operation): Promise<void> {
    const { priority } = operation;
    const waiting = new AbortController();
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(operation, this.#deadlines, resolve, (error) => {
        waiting.abort(error);
      });
      const turn = async (): Promise<void> => {
        waiter.start();
        this.#leaveToOthers();
        return new Promise((end) => {
          this.#ends.push(end);
        });
      };
      this.#queue.add(turn, { priority, signal: waiting.signal }).catch(reject);
    });
  }

  leave(): void {
    this.#ends.shift()?.();
  }

  /** For each turn here, one of every other process goes by: so those who wait feel at once when their number changes. */
  #leaveToOthers(): void {
    for (let other = 1; other < this.processes; other += 1)
      void this.#queue.add(nothing, { priority: Number.MAX_SAFE_INTEGER });
  }
}
