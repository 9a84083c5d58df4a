import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';

import type { Subscription } from './subscription.ts';

/** So many watchers are served before requests and answers have a turn; a millisecond or two. */
const watchersATurn = 64;
/** A pass that took less is followed by the next one at once. */
const shortPassMs = 2;
/** Whatever a pass took on a machine that has other things to do, too. */
const mostPauseMs = 25;

/**
 * Wakes the watchers that have something to take, all of them in one pass. Serving a thousand takes a while; what is
 * written meanwhile waits for the next pass, in which each of them takes all of it at once. A long pass is followed by
 * a pause of the same length: so about half of the time goes into it however much is written, and writers never starve.
 */
export class FanOut {
  readonly #subscriptions: ReadonlySet<Subscription>;
  #isDue = false;
  #isRunning = false;

  /** @param subscriptions those of the moment of each pass */
  constructor(subscriptions: ReadonlySet<Subscription>) {
    this.#subscriptions = subscriptions;
  }

  /** Must be called when there is something to take; the first are woken before it returns, unless a pass is under way. */
  begin(): void {
    this.#isDue = true;
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    while (this.#isDue) {
      this.#isDue = false;
      const begun = performance.now();
      await this.#pass();
      const tookMs = performance.now() - begun;
      if (tookMs > shortPassMs)
        await delay(Math.min(tookMs, mostPauseMs), undefined, { ref: false });
    }
    this.#isRunning = false;
  }

  async #pass(): Promise<void> {
    let woken = 0;
    for (const subscription of this.#subscriptions) {
      if (!subscription.wake()) continue;
      woken += 1;
      if (woken % watchersATurn === 0) await nextTurn();
    }
    // Until the last of them are served.
    await nextTurn();
  }
}
