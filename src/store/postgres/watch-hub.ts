import { reasonOf } from '#src/lib/clock.ts';

import type { StoreEvent, WatchBatch, WatchOptions } from '../store.ts';
import type { Database } from './database.ts';
import { isUnavailable, toStoreError } from './errors.ts';
import { compacted, eventsPerPage, futureRevision, readHead, readLog } from './event-log.ts';
import { FanOut } from './fan-out.ts';
import type { Notifications } from './notifications.ts';
import { RecentEvents } from './recent-events.ts';
import { isWatched, Subscription } from './subscription.ts';

/** Is told of every event, in order, from where the hub began. */
export interface Follower {
  apply(event: StoreEvent): void;
  /** History was lost: what was learnt from it is worth nothing. */
  clear(): void;
}

/** Covers a lost notification, and is how often a quiet watcher learns the current revision. */
const pollMs = 1_000;

/**
 * Reads the log once for all watchers of this process. A watcher that starts in the past reads the log for itself until
 * it stands where the hub stands; checking that and joining happen in one turn of the event loop, so nothing comes between.
 */
export class WatchHub {
  readonly #database: Database;
  readonly #notifications: Notifications;
  readonly #subscriptions = new Set<Subscription>();
  readonly #fanOut = new FanOut(this.#subscriptions);
  readonly #recent = new RecentEvents();
  /** Every event up to here has been handed out; undefined until the first watcher comes. */
  #position: number | undefined;
  #started: Promise<void> | undefined;
  #running: Promise<unknown> | undefined;
  #wake: (() => void) | undefined;
  #isBehind = false;
  /** The record is known to stand here at least. */
  #known = 0;
  /** Quiet watchers are to learn the current revision. */
  #isTickDue = false;
  /** Those who wait until the log was read once more from now. */
  #waiting: PromiseWithResolvers<void>[] = [];
  /** Events up to and including this one may be gone from the log. */
  #compacted = 0;
  readonly #follower: Follower | undefined;

  constructor(database: Database, notifications: Notifications, follower?: Follower) {
    this.#database = database;
    this.#notifications = notifications;
    this.#follower = follower;
  }

  /** Every event up to here has been handed out. */
  get position(): number {
    return this.#at();
  }

  /** What is known to be forgotten. */
  get compacted(): number {
    return this.#compacted;
  }

  /**
   * Begins to read the log, for the follower.
   * @throws {StoreError} `Unavailable`
   */
  async start(): Promise<void> {
    if (this.#position === undefined) await this.#start();
  }

  /**
   * Waits until everything that was written before the call has been handed out. Those who ask at the same time share
   * one reading of the log.
   * @throws {StoreError} `Unavailable`
   */
  async caughtUp(): Promise<void> {
    await this.start();
    if (this.#database.closing.aborted) throw toStoreError(reasonOf(this.#database.closing));
    const waiting = Promise.withResolvers<void>();
    this.#waiting.push(waiting);
    this.#wakeUp();
    await waiting.promise;
  }

  /** Hands out what this process wrote itself, when nothing of others lies between; else the log is read. */
  offer(event: StoreEvent): void {
    if (this.#position !== undefined && event.revision === this.#position + 1)
      this.#handOut([event], event.revision);
  }

  /** @throws {StoreError} `Compacted`, `FutureRevision`, `SlowWatcher`, `Unavailable` (only before the first batch) */
  async *watch({
    from,
    ranges,
    signal,
  }: WatchOptions): AsyncGenerator<WatchBatch, void, undefined> {
    if (signal.aborted) return;
    await this.#start();
    if (from > this.#at()) await this.#refuseFuture(from);
    let position = from;
    while (position < this.#at() && !signal.aborted) {
      const batch = await this.#catchUp(position, ranges);
      position = batch.revision;
      if (batch.events.length > 0) yield batch;
    }
    const subscription = new Subscription(ranges, position);
    const ending = AbortSignal.any([signal, this.#database.closing]);
    const end = (): void => subscription.fail(reasonOf(ending));
    if (ending.aborted) end();
    this.#subscriptions.add(subscription);
    ending.addEventListener('abort', end, { once: true });
    try {
      yield { revision: position, events: [] };
      // Ended by a failure, the signal's own included.
      for (;;) yield await subscription.next();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      ending.removeEventListener('abort', end);
      this.#subscriptions.delete(subscription);
    }
  }

  /** Must be told of a compaction, so that watchers that start before it are refused at once. */
  forgetUpTo(revision: number): void {
    this.#compacted = Math.max(this.#compacted, revision);
    this.#recent.forgetUpTo(revision);
  }

  /** Resolves when the log is no longer read; the database must be closing, which ends every watcher. */
  async ended(): Promise<void> {
    this.#wakeUp();
    await this.#running;
  }

  #at(): number {
    return this.#position ?? 0;
  }

  async #start(): Promise<void> {
    this.#started ??= this.#begin().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    await this.#started;
  }

  async #begin(): Promise<void> {
    const { current } = await readHead(this.#database);
    this.#position = current;
    this.#recent.reset(current);
    this.#notifications.subscribe('sluice_revision', (revision) => {
      // What this process wrote itself is offered in this turn of the event loop, too.
      setImmediate(() => {
        this.#hear(revision === undefined ? undefined : Number(revision));
      });
    });
    this.#running = Promise.all([this.#run(), this.#poll()]);
  }

  async #refuseFuture(from: number): Promise<void> {
    const { current } = await readHead(this.#database);
    if (from > current) throw futureRevision(from, current);
  }

  async #catchUp(position: number, ranges: WatchOptions['ranges']): Promise<WatchBatch> {
    const upTo = this.#at();
    const recent = this.#recent.since(position);
    if (recent !== undefined) {
      return { revision: upTo, events: recent.filter((event) => isWatched(event, ranges)) };
    }
    const { events } = await readLog(this.#database, position, upTo, ranges);
    const last = events.at(-1);
    const isWhole = events.length < eventsPerPage || last === undefined;
    return { revision: isWhole ? upTo : last.revision, events };
  }

  async #run(): Promise<void> {
    const { closing, logger } = this.#database;
    while (!closing.aborted) {
      this.#isBehind = false;
      const waiting = this.#waiting;
      this.#waiting = [];
      try {
        if (!(await this.#isAtEnd())) while (await this.#readOn());
        for (const { resolve } of waiting) resolve();
      } catch (error) {
        const failure = toStoreError(error);
        if (isUnavailable(failure)) {
          for (const { reject } of waiting) reject(failure);
          if (closing.aborted) break;
          logger.warn('watch waits for the database', { error: failure });
        } else {
          await this.#startOver(failure);
          // The follower knows nothing now, which is as good as knowing everything.
          for (const { resolve } of waiting) resolve();
        }
      }
      this.#tick();
      await this.#sleep();
    }
    for (const { reject } of this.#waiting) reject(toStoreError(reasonOf(closing)));
  }

  /** Whether everything has been handed out; the log is not read to learn that. */
  async #isAtEnd(): Promise<boolean> {
    const position = this.#at();
    const isKnownBehind = this.#known > position;
    this.#known = 0;
    if (isKnownBehind) return false;
    const { current, compacted: forgotten } = await readHead(this.#database);
    if (current < position || forgotten > position) return false;
    // The answer to a write of this process may have come with this one.
    if (current > this.#at()) await new Promise(setImmediate);
    return current <= this.#at();
  }

  /** Hands out the next page; answers whether there may be another one. */
  async #readOn(): Promise<boolean> {
    const position = this.#at();
    const page = await readLog(this.#database, position, Number.MAX_SAFE_INTEGER);
    const first = page.events[0];
    const isHole = first !== undefined && first.revision !== position + 1;
    // A record that was restored from a backup, or failed over to a standby that was behind, has another future.
    if (isHole || page.current < position) throw compacted(position, page.current);
    this.forgetUpTo(page.compacted);
    const news = page.events.filter(({ revision }) => revision > this.#at());
    if (news.length > 0) this.#handOut(news, news.at(-1)?.revision ?? position);
    return page.events.length === eventsPerPage;
  }

  #handOut(events: readonly StoreEvent[], revision: number): void {
    this.#position = revision;
    this.#recent.add(events);
    for (const event of events) this.#follower?.apply(event);
    for (const subscription of this.#subscriptions) subscription.push(events, revision);
    this.#fanOut.begin();
  }

  /** History was lost under the hub: every watcher must list again, and the hub goes on from now. */
  async #startOver(failure: Error): Promise<void> {
    this.#database.logger.error('watchers must start over', { error: failure });
    this.#follower?.clear();
    for (const subscription of this.#subscriptions) subscription.fail(failure);
    const head = await readHead(this.#database).catch(() => undefined);
    if (head === undefined) return;
    this.#position = head.current;
    this.#recent.reset(head.current);
    this.#follower?.clear();
  }

  #tick(): void {
    if (!this.#isTickDue) return;
    this.#isTickDue = false;
    for (const subscription of this.#subscriptions) subscription.tick();
  }

  async #sleep(): Promise<void> {
    if (this.#isBehind) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
  }

  /** Covers lost notifications. */
  async #poll(): Promise<void> {
    const { closing, clock } = this.#database;
    while (!closing.aborted) {
      await clock.sleep(pollMs, closing).catch(() => undefined);
      this.#isTickDue = true;
      this.#wakeUp();
    }
  }

  /** @param revision what another one says is written; undefined when it may have been missed */
  #hear(revision: number | undefined): void {
    if (revision !== undefined && revision <= this.#at()) return;
    this.#known = Math.max(this.#known, revision ?? 0);
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#isBehind = true;
    this.#wake?.();
    this.#wake = undefined;
  }
}
