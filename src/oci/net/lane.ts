import PQueue from 'p-queue';

import { TimeoutError } from '../errors.ts';
import type { LaneOptions } from './lane-options.ts';
import type { Operation } from './operation.ts';
import { StrangerCount } from './stranger.ts';

/** After so many answers without a complaint one more request may be in flight. */
const calmAnswers = 16;
/** Where an adaptive lane starts. */
const adaptiveStart = 2;

/**
 * The way to one host: how many requests are in flight, how many a second, and who goes first. It narrows to half when
 * the host complains and widens again one by one.
 */
export class Lane {
  readonly #queue: PQueue;
  /** Only the queue counts requests a second. */
  readonly #isRated: boolean;
  readonly #max: number;
  /** In flight without having been in the queue. */
  #direct = 0;
  #concurrency: number;
  #calm = 0;
  #blockedUntil = 0;
  #isStrange = false;
  readonly #strangers = new StrangerCount();
  #fastestMs = Infinity;
  #adaptive = false;

  constructor(options: Omit<LaneOptions, 'perHost'>) {
    this.#max = options.concurrencyPerHost;
    this.#concurrency = this.#max;
    const { ratePerSecond: rate, burst } = options;
    this.#isRated = rate !== undefined && rate > 0;
    this.#queue = new PQueue({
      concurrency: this.#max,
      ...(rate !== undefined && rate > 0 && rateOptions(rate, burst)),
    });
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#queue.pending + this.#direct;
  }

  /** True when nothing is in flight, waiting or blocked. */
  idle(now: number): boolean {
    return this.inFlight === 0 && this.#queue.size === 0 && this.#blockedUntil <= now;
  }

  /** How many may be in flight at this moment. */
  get concurrency(): number {
    return this.#concurrency;
  }

  /** Milliseconds since 1970 until which the host wants no requests. */
  get blockedUntil(): number {
    return this.#blockedUntil;
  }

  /**
   * Runs when it is this request's turn.
   * @throws {TimeoutError} when the operation's time is over first
   */
  async run<T>(operation: Operation, task: () => Promise<T>): Promise<T> {
    const { priority } = operation;
    const isFree = this.#queue.size === 0 && this.inFlight < this.#concurrency;
    if (isFree && !this.#isRated) return this.#runAtOnce(task);
    this.#makeRoom();
    // Every turn ends by the request timeout, so a wait does too; only who may give up earlier needs a signal.
    if (isFree || !operation.canAbort) return this.#queue.add(task, { priority });
    try {
      return await this.#queue.add(task, { priority, signal: operation.signal });
    } catch (error) {
      if (error instanceof TimeoutError && error.phase === 'operation')
        throw new TimeoutError('lane');
      throw error;
    }
  }

  /** Who finds nobody waiting need not queue. */
  async #runAtOnce<T>(task: () => Promise<T>): Promise<T> {
    this.#direct += 1;
    try {
      return await task();
    } finally {
      this.#direct -= 1;
      if (this.#queue.size > 0) this.#makeRoom();
    }
  }

  /** The queue may start as many as those leave room for who were not in it; it cannot be told to start none. */
  #makeRoom(): void {
    const room = this.#concurrency - this.#direct;
    if (room <= 0) {
      this.#queue.pause();
      return;
    }
    this.#queue.concurrency = room;
    if (this.#queue.isPaused) this.#queue.start();
  }

  /** True when the host is left alone because it is no registry, not because it asked for a pause. */
  get isStrange(): boolean {
    return this.#isStrange;
  }

  /** The host asked for a pause. */
  block(until: number): void {
    this.#isStrange = false;
    this.#pause(until);
  }

  /** Something that is no registry answered under the host's name; the host is left alone when that goes on. */
  strangerAnswered(now: number): void {
    const pauseMs = this.#strangers.note();
    if (pauseMs === 0) return;
    this.#isStrange ||= this.#blockedUntil <= now;
    this.#pause(now + pauseMs);
  }

  /** A registry answered, whatever it said. */
  registryAnswered(): void {
    this.#strangers.reset();
  }

  /**
   * For hosts whose requests are expensive (bcrypt for each): starts with two in flight and adds one as long as answers
   * do not become slower.
   */
  becomeAdaptive(): void {
    if (this.#adaptive) return;
    this.#adaptive = true;
    this.#set(Math.min(this.#max, adaptiveStart));
  }

  /** An answer without a complaint, and how long it took. */
  answered(ms: number): void {
    if (this.#concurrency === this.#max && !this.#adaptive) return;
    this.#calm += 1;
    this.#fastestMs = Math.min(this.#fastestMs, ms);
    // Answers that wait for each other: more in flight would only wait longer.
    const crowded = this.#adaptive && ms > this.#fastestMs * 2 * this.#concurrency;
    if (crowded) this.#narrow();
    else if (this.#calm >= calmAnswers) this.#set(Math.min(this.#max, this.#concurrency + 1));
  }

  #pause(until: number): void {
    this.#blockedUntil = Math.max(this.#blockedUntil, until);
    this.#narrow();
  }

  #narrow(): void {
    this.#set(Math.max(1, Math.floor(this.#concurrency / 2)));
  }

  #set(concurrency: number): void {
    this.#calm = 0;
    this.#concurrency = concurrency;
    this.#makeRoom();
  }
}

function rateOptions(rate: number, burst = rate): { intervalCap: number; interval: number } {
  const intervalCap = Math.max(1, Math.round(burst));
  return { intervalCap, interval: Math.ceil((intervalCap / rate) * 1000) };
}
