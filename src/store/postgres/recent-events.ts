import type { StoreEvent } from '../store.ts';

/** Small: their parsed objects stay in memory as long as they do. */
const maxEvents = 2_000;
const maxCharacters = 8 * 1024 * 1024;

/** The newest events in memory, so that a thousand watchers that reconnect at once do not read the log a thousand times. */
export class RecentEvents {
  #events: StoreEvent[] = [];
  #characters = 0;
  /** Every event after this revision is here. */
  #after = 0;

  /** Forgets everything; what comes next follows `revision`. */
  reset(revision: number): void {
    this.#events = [];
    this.#characters = 0;
    this.#after = revision;
  }

  add(events: readonly StoreEvent[]): void {
    for (const event of events) {
      this.#events.push(event);
      this.#characters += sizeOf(event);
    }
    let surplus = 0;
    while (
      this.#events.length - surplus > maxEvents ||
      (this.#characters > maxCharacters && surplus < this.#events.length)
    ) {
      const dropped = this.#events[surplus];
      if (dropped === undefined) break;
      this.#characters -= sizeOf(dropped);
      this.#after = dropped.revision;
      surplus += 1;
    }
    if (surplus > 0) this.#events.splice(0, surplus);
  }

  /** Follows a compaction: what the log does not have is not handed out from memory either. */
  forgetUpTo(revision: number): void {
    const surplus = Math.min(revision - this.#after, this.#events.length);
    if (surplus <= 0) return;
    for (const event of this.#events.splice(0, surplus)) this.#characters -= sizeOf(event);
    this.#after += surplus;
  }

  /** The events after a revision, `undefined` when some of them are no longer here. */
  since(revision: number): readonly StoreEvent[] | undefined {
    if (revision < this.#after) return undefined;
    // Revisions have no holes, so the place of an event is known.
    return this.#events.slice(revision - this.#after);
  }
}

function sizeOf(event: StoreEvent): number {
  return event.body.length + (event.previousBody?.length ?? 0);
}
