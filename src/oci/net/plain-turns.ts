import type { Deadlines } from './deadlines.ts';
import type { Operation } from './operation.ts';
import { Waiter, type Turns } from './turns.ts';

/** Those of one priority, in their order. */
interface Line {
  readonly priority: number;
  first: Waiter | undefined;
  last: Waiter | undefined;
}

/**
 * Turns where only the number in flight is bounded. Not a p-queue: what that keeps of each task costs the better part of
 * what a HEAD may cost beyond the bare HTTP client (bench `oci`), and without a rate nothing of it is needed.
 */
export class PlainTurns implements Turns {
  inFlight = 0;
  waiting = 0;
  /** A number in flight is divided by whoever sets it. */
  processes = 1;
  readonly #deadlines: Deadlines;
  /** Highest priority first; there are as many as kinds of callers. */
  readonly #lines: Line[] = [];
  #concurrency: number;

  constructor(concurrency: number, deadlines: Deadlines) {
    this.#concurrency = concurrency;
    this.#deadlines = deadlines;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  set concurrency(concurrency: number) {
    this.#concurrency = concurrency;
    this.#startWaiting();
  }

  enter(operation: Operation): Promise<void> | undefined {
    if (this.waiting > 0 || this.inFlight >= this.#concurrency) return this.#wait(operation);
    this.inFlight += 1;
    return undefined;
  }

  leave(): void {
    this.inFlight -= 1;
    if (this.waiting > 0) this.#startWaiting();
  }

  #wait(operation: Operation): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = new Waiter(operation, this.#deadlines, resolve, (error) => {
        this.waiting -= 1;
        reject(error);
      });
      this.#stand(waiter, operation.priority);
    });
  }

  #stand(waiter: Waiter, priority: number): void {
    this.waiting += 1;
    const line = this.#lineOf(priority);
    if (line.last === undefined) line.first = waiter;
    else line.last.next = waiter;
    line.last = waiter;
  }

  #lineOf(priority: number): Line {
    const known = this.#lines.find((line) => line.priority === priority);
    if (known !== undefined) return known;
    const line: Line = { priority, first: undefined, last: undefined };
    this.#lines.push(line);
    this.#lines.sort((a, b) => b.priority - a.priority);
    return line;
  }

  #startWaiting(): void {
    while (this.inFlight < this.#concurrency) {
      const waiter = this.#next();
      if (waiter === undefined) return;
      this.waiting -= 1;
      this.inFlight += 1;
      waiter.start();
    }
  }

  #next(): Waiter | undefined {
    for (const line of this.#lines) {
      for (let waiter = line.first; waiter !== undefined; waiter = line.first) {
        line.first = waiter.next;
        // One that the collector has not looked at for long would keep all that came after it from being collected.
        waiter.next = undefined;
        if (line.first === undefined) line.last = undefined;
        if (!waiter.hasLeft) return waiter;
      }
    }
    return undefined;
  }
}
