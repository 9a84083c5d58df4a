/** What ends at a given time unless it is over before. Keeps no process alive. */
export interface Deadline {
  /** By `performance.now()`. */
  readonly at: number;
  /** Called once, when the time has come. */
  expire(): void;
}

/**
 * Many deadlines with one timer, armed for the earliest. Most requests end long before theirs, and would otherwise make
 * and clear a timer each.
 */
export class Deadlines {
  readonly #open = new Set<Deadline>();
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  add(deadline: Deadline): void {
    this.#open.add(deadline);
    if (deadline.at < this.#armedFor) this.#arm(deadline.at);
  }

  delete(deadline: Deadline): void {
    this.#open.delete(deadline);
  }

  /** Stops the timer; nothing expires any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#armedFor = -Infinity;
    this.#open.clear();
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
    let next = Infinity;
    for (const deadline of this.#open) {
      if (deadline.at > now) {
        next = Math.min(next, deadline.at);
      } else {
        this.#open.delete(deadline);
        deadline.expire();
      }
    }
    if (next < this.#armedFor) this.#arm(next);
  }
}
