import { StoreError, type Range, type StoreEvent, type WatchBatch } from '../store.ts';

/** A watcher may hold back this much before it is ended with `SlowWatcher`. */
const maxEvents = 10_000;
const maxCharacters = 64 * 1024 * 1024;

/** What waits for one watcher: the hub puts in and wakes it, and it takes everything out when it is ready. */
export class Subscription {
  readonly #ranges: readonly Range[] | undefined;
  #events: StoreEvent[] = [];
  #characters = 0;
  #revision: number;
  #delivered: number;
  #failure: Error | undefined;
  /** Since it last took something. */
  #isCalled = false;
  #wake: (() => void) | undefined;

  /** @param revision everything up to it has been delivered already */
  constructor(ranges: readonly Range[] | undefined, revision: number) {
    this.#ranges = ranges;
    this.#revision = revision;
    this.#delivered = revision;
  }

  /** Takes the events after what it has seen, up to `revision`; those of other ranges only advance it. */
  push(events: readonly StoreEvent[], revision: number): void {
    if (this.#failure !== undefined) return;
    for (const event of events) {
      if (event.revision <= this.#revision || !isWatched(event, this.#ranges)) continue;
      this.#events.push(event);
      this.#characters += event.body.length + (event.previousBody?.length ?? 0);
    }
    this.#revision = Math.max(this.#revision, revision);
    if (this.#events.length > maxEvents || this.#characters > maxCharacters) {
      const held = this.#events.length;
      this.fail(new StoreError('SlowWatcher', `the watcher fell ${held} events behind`));
    }
  }

  /** Lets the watcher take what was pushed; answers false when there is nothing. */
  wake(): boolean {
    if (this.#events.length === 0) return false;
    this.#call();
    return true;
  }

  /** Lets the watcher learn how far it is, when nothing happened in its ranges. */
  tick(): void {
    if (this.#revision > this.#delivered) this.#call();
  }

  /** Ends the watcher at once; what was held back is dropped. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#events = [];
    this.#call();
  }

  /** Everything that came in since the last batch; waits until it is woken, though there be something. */
  async next(): Promise<WatchBatch> {
    if (!this.#isCalled) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.#failure !== undefined) throw this.#failure;
    this.#isCalled = false;
    const events = this.#events;
    this.#events = [];
    this.#characters = 0;
    this.#delivered = this.#revision;
    return { revision: this.#revision, events };
  }

  #call(): void {
    this.#isCalled = true;
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** Whether an event lies in one of the ranges; every event does when there are none given. */
export function isWatched({ key }: StoreEvent, ranges: readonly Range[] | undefined): boolean {
  if (ranges === undefined) return true;
  return ranges.some(
    ({ resource, namespace }) =>
      resource === key.resource && (namespace === undefined || namespace === key.namespace),
  );
}
