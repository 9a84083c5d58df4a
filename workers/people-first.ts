import type { Logger } from '#src/lib/logger.ts';
import type { Registries, RegistryState } from '#src/store/registries.ts';

export interface PeopleFirstOptions {
  readonly registries: Pick<Registries, 'makeWay' | 'leave'>;
  /** A name that no other process has. */
  readonly process: string;
  readonly logger: Logger;
  /** How many processes ask a host. */
  readonly processes: (host: string) => number;
  /** Takes up what all know of a host. */
  readonly learn: (state: RegistryState) => void;
}

/** Who waits for less does not notice. */
const patienceMs = 250;
/** For so long others make way, until that is said again. Longer than a call waits for a pause by itself. */
const wayMs = 4_000;
/** What was asked so long ago is of no account in the rate that others have by then. */
const coolMs = 1_000;

/**
 * People's imports before the schedule, across processes. Each process lets calls of a higher priority go first, but of a
 * host's rate it has only its share. So one in which people wait for their turns says so, and the others' checks leave the
 * host alone meanwhile; a process that asks nothing else of it gives up its share.
 */
export class PeopleFirst {
  readonly #options: PeopleFirstOptions;
  /** Since when each waits, by host; by the clock that only goes forwards. */
  readonly #waiting = new Map<string, Set<{ readonly since: number }>>();
  /** When hosts were last asked that others want for themselves. */
  readonly #asked = new Map<string, number>();
  /** Until when hosts are left to people, in milliseconds since the epoch. */
  readonly #until = new Map<string, number>();
  /** Hosts that this process has left, and has not said since that it asks them. */
  readonly #left = new Set<string>();

  constructor(options: PeopleFirstOptions) {
    this.#options = options;
  }

  /** Somebody waits for a turn at a host, until what is answered is called. */
  begin(host: string): () => void {
    const waiter = { since: performance.now() };
    const waiting = this.#waiting.get(host) ?? new Set();
    this.#waiting.set(host, waiting.add(waiter));
    return () => {
      waiting.delete(waiter);
      if (waiting.size === 0) this.#waiting.delete(host);
    };
  }

  /** Until when checks leave the host to people; 0 when they need not. */
  until(host: string): number {
    return this.#until.get(host) ?? 0;
  }

  /** This process asks the host. */
  asks(host: string): void {
    if (this.#until.has(host)) this.#asked.set(host, performance.now());
  }

  /** Nobody counts this process among those who ask the host, who may meanwhile take all there is. */
  hasLeft(host: string): boolean {
    return this.#left.has(host);
  }

  /** All know that this process asks the host. */
  isBack(host: string): void {
    this.#left.delete(host);
  }

  /** @param until as all know it, in milliseconds since the epoch by this process's clock; 0 when it is over */
  hear(host: string, until: number): void {
    if (until === 0) {
      this.#until.delete(host);
      this.#asked.delete(host);
      return;
    }
    if (!this.#until.has(host)) this.#asked.set(host, performance.now());
    this.#until.set(host, until);
  }

  /** Says who waits here, and leaves where others do. */
  async tell(): Promise<void> {
    const { registries, process, processes, learn, logger } = this.#options;
    const now = performance.now();
    for (const [host, waiting] of this.#waiting) {
      const isLong = [...waiting].some(({ since }) => now - since >= patienceMs);
      // Those who have left are not counted any more, and would come back.
      if (!isLong || (processes(host) === 1 && !this.#until.has(host))) continue;
      logger.debug('people wait for a registry: others are asked to leave it to them', { host });
      const state = await registries.makeWay(process, host, wayMs);
      if (state !== undefined) learn(state);
    }
    for (const [host, until] of this.#until) {
      if (until <= Date.now()) this.hear(host, 0);
      const asked = this.#asked.get(host);
      if (asked === undefined || now - asked < coolMs || this.#waiting.has(host)) continue;
      this.#asked.delete(host);
      this.#left.add(host);
      await registries.leave(process, host);
    }
  }
}
