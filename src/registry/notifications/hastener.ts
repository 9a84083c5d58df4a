import { referenceOf, withClientDefaults } from '#src/domain/reference.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { Ledger } from '#src/store/ledger.ts';

import type { PushedTag } from './envelope.ts';

export interface HastenerOptions {
  readonly ledger: Pick<Ledger, 'inRepositories' | 'hasten'>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Hands out what is due now, so that nobody waits for the next tick. */
  readonly handOut: (signal: AbortSignal) => Promise<void>;
  /**
   * Milliseconds from the news to the check; default 500. A registry tells of a push just before it moves the tag
   * (distribution writes the manifest, tells, and then links the tag), so a check at once could see the old image.
   */
  readonly settleMs?: number;
}

const defaultSettleMs = 500;

/**
 * Makes the scheduled tags that follow a pushed tag due. One look at the ledger is under way at a time; what comes
 * meanwhile is put together for the next one, so that a storm of events costs no more than what it tells of.
 */
export class Hastener {
  readonly #options: HastenerOptions;
  readonly #settleMs: number;
  readonly #stopping = new AbortController();
  #pending = new Map<string, PushedTag>();
  #running: Promise<void> = Promise.resolve();
  #next: Promise<void> | undefined;
  #handingOut: Promise<void> | undefined;
  #again = false;

  constructor(options: HastenerOptions) {
    this.#options = options;
    this.#settleMs = options.settleMs ?? defaultSettleMs;
  }

  /**
   * Resolves when the ledger knows of the pushes.
   * @throws {Error} when the database is away; nothing is known then
   */
  async hasten(pushed: readonly PushedTag[]): Promise<void> {
    if (pushed.length === 0) return;
    for (const each of pushed) this.#pending.set(`${each.repository}:${each.tag}`, each);
    this.#next ??= this.#running.then(() => this.#flush());
    await this.#next;
  }

  /** Hands out no more; the next tick of the schedule finds what is left. */
  async close(): Promise<void> {
    this.#stopping.abort(new Error('the server is stopping'));
    await Promise.all([this.#running, this.#handingOut]);
  }

  #flush(): Promise<void> {
    const pushed = this.#pending;
    this.#pending = new Map();
    this.#next = undefined;
    const work = this.#note(pushed);
    this.#running = work.catch(() => undefined);
    return work;
  }

  async #note(pushed: ReadonlyMap<string, PushedTag>): Promise<void> {
    const { ledger } = this.#options;
    const repositories = new Set([...pushed.values()].map(({ repository }) => repository));
    const rows = await ledger.inRepositories([...repositories]);
    const moved = rows.filter(({ repository, from }) => pushed.has(`${repository}:${tagOf(from)}`));
    if (moved.length === 0) return;
    await ledger.hasten(moved, this.#settleMs);
    this.#again = true;
    this.#handingOut ??= this.#handOut();
  }

  /** News that come while it waits or hands out start one more round, however many they are. */
  async #handOut(): Promise<void> {
    const { clock, logger, handOut } = this.#options;
    const { signal } = this.#stopping;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      try {
        await clock.sleep(this.#settleMs, signal);
        await handOut(signal);
      } catch (error) {
        if (!signal.aborted) logger.warn('checks of pushed tags wait for the next tick', { error });
      }
    }
    this.#handingOut = undefined;
  }
}

function tagOf(from: string): string {
  const reference = referenceOf(from);
  return reference === undefined ? '' : withClientDefaults(reference).tag;
}
