/**
 * A number of seats that users share fairly, after the idea of Kubernetes' API Priority and Fairness: nobody holds more
 * than a part of them, whoever finds none waits in a short line of their own, and a seat that comes free goes to the user
 * who holds the fewest.
 */
export interface SeatOptions {
  readonly seats: number;
  /** Most seats of one user. */
  readonly share: number;
  /** Most requests of one user that wait. */
  readonly lineLength: number;
  /** How long one waits, in milliseconds. */
  readonly patienceMs: number;
}

/** Users are kept in mind while they are few, so that a request costs no memory. */
const maxIdleHolders = 1_000;

interface Holder {
  taken: number;
  readonly line: Waiting[];
}

interface Waiting {
  readonly width: number;
  /** Ends the wait: with a seat or without. */
  readonly settle: (seated: boolean) => void;
}

export class Seats {
  readonly #options: SeatOptions;
  readonly #holders = new Map<string, Holder>();
  #taken = 0;
  #waiting = 0;

  constructor(options: SeatOptions) {
    this.#options = options;
  }

  /** Users that are kept in mind. */
  get holders(): number {
    return this.#holders.size;
  }

  /** Takes seats at once; false when they are not free or others wait. */
  tryTake(user: string, wanted: number): boolean {
    if (this.#waiting > 0) return false;
    const width = this.#fitting(wanted);
    const holder = this.#holderOf(user);
    if (!this.#mayHave(holder, width)) return false;
    this.#give(holder, width);
    return true;
  }

  /** Waits for seats. False when the line is full, the wait gets too long or the client leaves. */
  take(user: string, wanted: number, signal: AbortSignal): Promise<boolean> {
    if (this.tryTake(user, wanted)) return Promise.resolve(true);
    const holder = this.#holderOf(user);
    if (holder.line.length >= this.#options.lineLength || signal.aborted)
      return Promise.resolve(false);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const leave = (): void => {
      holder.line.splice(holder.line.indexOf(waiting), 1);
      this.#waiting -= 1;
      waiting.settle(false);
      this.#forget(user, holder);
    };
    const timer = setTimeout(leave, this.#options.patienceMs);
    signal.addEventListener('abort', leave);
    const waiting: Waiting = {
      width: this.#fitting(wanted),
      settle: (seated) => {
        clearTimeout(timer);
        signal.removeEventListener('abort', leave);
        resolve(seated);
      },
    };
    holder.line.push(waiting);
    this.#waiting += 1;
    this.#seatWaiting();
    return promise;
  }

  /** Gives back what `tryTake` or `take` gave. */
  leave(user: string, wanted: number): void {
    const holder = this.#holderOf(user);
    const width = this.#fitting(wanted);
    holder.taken -= width;
    this.#taken -= width;
    this.#forget(user, holder);
    if (this.#waiting > 0) this.#seatWaiting();
  }

  #seatWaiting(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const waiting = next.line.shift();
      if (waiting === undefined) return;
      this.#waiting -= 1;
      this.#give(next, waiting.width);
      waiting.settle(true);
    }
  }

  /** Of those who may have a seat, who holds the fewest. */
  #next(): Holder | undefined {
    let fewest: Holder | undefined;
    for (const holder of this.#holders.values()) {
      const [first] = holder.line;
      if (first === undefined || !this.#mayHave(holder, first.width)) continue;
      if (fewest === undefined || holder.taken < fewest.taken) fewest = holder;
    }
    return fewest;
  }

  /** A request wider than a share would wait for ever. */
  #fitting(width: number): number {
    return Math.min(width, this.#options.share);
  }

  #mayHave(holder: Holder, width: number): boolean {
    const { seats, share } = this.#options;
    return this.#taken + width <= seats && holder.taken + width <= share;
  }

  #give(holder: Holder, width: number): void {
    holder.taken += width;
    this.#taken += width;
  }

  #holderOf(user: string): Holder {
    const known = this.#holders.get(user);
    if (known !== undefined) return known;
    const holder: Holder = { taken: 0, line: [] };
    this.#holders.set(user, holder);
    return holder;
  }

  #forget(user: string, { taken, line }: Holder): void {
    const isIdle = taken === 0 && line.length === 0;
    if (isIdle && this.#holders.size > maxIdleHolders) this.#holders.delete(user);
  }
}
