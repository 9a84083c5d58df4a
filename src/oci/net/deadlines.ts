/** What ends at a given time unless it is over before. Keeps no process alive. */
export interface Deadline {
  /** By `performance.now()`. */
  readonly at: number;
  /** Where it stands among the others; only `Deadlines` writes it. */
  slot: number;
  /** Called once, when the time has come. */
  expire(): void;
}

/** The slot of what stands nowhere. */
export const noSlot = -1;

/**
 * Many deadlines with one timer, armed for the earliest. Most requests end long before theirs, and would otherwise make
 * and clear a timer each. Those that are open stand side by side in no order, so that one can go by giving its place to
 * the last: a set would allocate its table anew for every few requests.
 */
export class Deadlines {
  readonly #open: Deadline[] = [];
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  add(deadline: Deadline): void {
    deadline.slot = this.#open.length;
    this.#open.push(deadline);
    if (deadline.at < this.#armedFor) this.#arm(deadline.at);
  }

  /** Does nothing when it is not open any more. */
  delete(deadline: Deadline): void {
    const { slot } = deadline;
    if (slot === noSlot) return;
    deadline.slot = noSlot;
    const last = this.#open.pop();
    if (last === undefined || last === deadline) return;
    this.#open[slot] = last;
    last.slot = slot;
  }

  /** Stops the timer; nothing expires any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#armedFor = -Infinity;
    for (const deadline of this.#open.splice(0)) deadline.slot = noSlot;
  }

  #arm(at: number): void {
    clearTimeout(this.#timer);
    this.#armedFor = at;
    this.#timer = setTimeout(
      () => {
        this.#expire();
      },
      Math.max(0, Math.ceil(at - performance.now())),
    );
    this.#timer.unref();
  }

  #expire(): void {
    this.#armedFor = Infinity;
    const now = performance.now();
    for (const deadline of this.#open.filter(({ at }) => at <= now)) {
      // One that expires may end another.
      if (deadline.slot === noSlot) continue;
      this.delete(deadline);
      deadline.expire();
    }
    const next = this.#open.reduce((earliest, { at }) => Math.min(earliest, at), Infinity);
    if (next < this.#armedFor) this.#arm(next);
  }
}
