import type { Deadlines } from './deadlines.ts';
import type { LaneOptions } from './lane-options.ts';
import type { Operation } from './operation.ts';
import { PlainTurns } from './plain-turns.ts';
import { RatedTurns } from './rated-turns.ts';
import { StrangerCount } from './stranger.ts';
import type { Turns } from './turns.ts';

/** After so many answers without a complaint one more request may be in flight. */
const calmAnswers = 16;
/** Where an adaptive lane starts. */
const adaptiveStart = 2;

/**
 * The way to one host: how many requests are in flight, how many a second, and who goes first. It narrows to half when
 * the host complains and widens again one by one.
 */
export class Lane {
  readonly #options: Omit<LaneOptions, 'perHost'>;
  readonly #deadlines: Deadlines;
  readonly #turns: Turns;
  #max: number;
  /** How many share the host's rate and its requests in flight. */
  #processes = 1;
  #concurrency: number;
  #calm = 0;
  #blockedUntil = 0;
  #isStrange = false;
  readonly #strangers = new StrangerCount();
  #fastestMs = Infinity;
  #adaptive = false;

  /** @param deadlines ends waits */
  constructor(options: Omit<LaneOptions, 'perHost'>, deadlines: Deadlines) {
    this.#options = options;
    this.#deadlines = deadlines;
    this.#max = options.concurrencyPerHost;
    this.#concurrency = this.#max;
    this.#turns = this.#newTurns();
  }

  /** Divides rate and requests in flight by the processes that ask the host. */
  shareWith(processes: number): void {
    if (processes === this.#processes) return;
    this.#processes = processes;
    this.#turns.processes = processes;
    const { concurrencyPerHost, totalPerHost = Infinity } = this.#options;
    const wasWide = this.#concurrency === this.#max;
    this.#max = Math.max(1, Math.min(concurrencyPerHost, Math.floor(totalPerHost / processes)));
    this.#set(wasWide ? this.#max : Math.min(this.#concurrency, this.#max));
  }

  #newTurns(): Turns {
    const { ratePerSecond: rate = 0, burst = rate } = this.#options;
    const concurrency = this.#concurrency;
    if (rate <= 0) return new PlainTurns(concurrency, this.#deadlines);
    return new RatedTurns({ concurrency, rate, burst }, this.#deadlines);
  }

  /** Requests in flight. */
  get inFlight(): number {
    return this.#turns.inFlight;
  }

  /** True when nothing is in flight, waiting or blocked. */
  idle(now: number): boolean {
    return this.inFlight === 0 && this.#turns.waiting === 0 && this.#blockedUntil <= now;
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
   * Waits for a turn: undefined when it is there at once. Who has had it must leave.
   * @throws {TimeoutError} when the operation's time is over first
   * @throws {AbortedError} when the caller gives up first
   */
  enter(operation: Operation): Promise<void> | undefined {
    return this.#turns.enter(operation);
  }

  leave(): void {
    this.#turns.leave();
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

  /** False when answers make no difference to how many may be in flight. */
  get mayWiden(): boolean {
    return this.#adaptive || this.#concurrency < this.#max;
  }

  /** An answer without a complaint, and how long it took. */
  answered(ms: number): void {
    if (!this.mayWiden) return;
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
    this.#turns.concurrency = concurrency;
  }
}
