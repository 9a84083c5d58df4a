import type { Logger } from '#src/lib/logger.ts';
import { present } from '#src/lib/present.ts';
import type { ClientEvent } from '#src/oci/events.ts';
import type { SharedBudget } from '#src/oci/net/shared-budget.ts';
import type { Registries, RegistryReport, RegistryState } from '#src/store/registries.ts';

import { PeopleFirst } from './people-first.ts';
import { RegistryLessons } from './registry-lessons.ts';

export interface RegistryBudgetOptions {
  readonly registries: Registries;
  /** A name that no other process has. */
  readonly process: string;
  /** What all processes together may ask of a host. */
  readonly limitsOf: (host: string) => { readonly rate?: number; readonly inFlight?: number };
  readonly logger: Logger;
  /** How often what was seen is told, in milliseconds; default 1,000. */
  readonly everyMs?: number;
}

/** So many requests in a row without an answer, and the schedule leaves the host alone for a while. */
const maxFailures = 5;
/** Of a quota this share is left to people: the schedule stops before. */
const reserve = 0.1;
/** A quota says how long its window is, not when it begins; it is looked at again at the latest after this time. */
const quotaHoldMs = 15 * 60_000;
const defaultEveryMs = 1_000;

interface Seen {
  requests: number;
  refused: number;
  answered: boolean;
  quota?: NonNullable<RegistryReport['quota']>;
  failure?: string;
  pause?: NonNullable<RegistryReport['pause']>;
  /** The pause is only for want of answers, so an answer takes it back. */
  isForSilence?: boolean;
}

interface Known {
  /** Milliseconds since the epoch by this process's clock. */
  readonly blockedUntil: number;
  readonly leftAloneUntil: number;
  readonly processes: number;
}

const nothingKnown: Known = { blockedUntil: 0, leftAloneUntil: 0, processes: 1 };

/**
 * The part of a registry's budget that is this process's. What requests tell is put together and reported about once a
 * second, so a request costs nothing more; a pause is told at once, and every process hears of it.
 */
export class RegistryBudget implements SharedBudget, AsyncDisposable {
  readonly lessons: RegistryLessons;
  readonly #options: RegistryBudgetOptions;
  readonly #hosts = new Map<string, Known>();
  readonly #failures = new Map<string, number>();
  #seen = new Map<string, Seen>();
  #timer: NodeJS.Timeout | undefined;
  readonly #people: PeopleFirst;
  #running: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => undefined;

  private constructor(options: RegistryBudgetOptions, lessons: RegistryLessons) {
    this.#options = options;
    this.lessons = lessons;
    const { registries, process, logger } = options;
    this.#people = new PeopleFirst({
      registries,
      process,
      logger,
      processes: (host) => this.processes(host),
      learn: (state) => this.#learnAll([state]),
    });
  }

  /** Begins with what others know already. */
  static async open(options: RegistryBudgetOptions): Promise<RegistryBudget> {
    const { registries, logger, everyMs = defaultEveryMs } = options;
    const budget = new RegistryBudget(options, await RegistryLessons.open(registries, logger));
    budget.#learnAll(await registries.list(undefined, options.process));
    budget.#unsubscribe = registries.onChange((host) => budget.#hear(host));
    budget.#timer = setInterval(() => void budget.flush(), everyMs).unref();
    return budget;
  }

  /** Who comes back to a host takes one turn at a time until the others know of it: until its first answer is told. */
  processes(host: string): number {
    const { processes } = this.#of(host);
    if (!this.#people.hasLeft(host)) return processes;
    return Math.max(processes, this.#options.limitsOf(host).inFlight ?? processes);
  }

  blockedUntil(host: string, priority = 0): number {
    const { blockedUntil } = this.#of(host);
    return priority < 0 ? Math.max(blockedUntil, this.#people.until(host)) : blockedUntil;
  }

  waits(host: string): () => void {
    return this.#people.begin(host);
  }

  /** Whether the schedule must not ask the host now. */
  isLeftAlone(registry: string): boolean {
    const host = connectedHost(registry);
    return Math.max(this.#of(host).leftAloneUntil, this.#people.until(host)) > Date.now();
  }

  /** Something that is no registry answers under the host's name, and this process asks it no more for a while. */
  strangerAt(host: string): void {
    this.#pause(host, { kind: 'hold', reason: 'what answers there is no registry' });
  }

  /** Hears everything that the client does. */
  readonly observe = (event: ClientEvent): void => {
    if (event.type === 'request') this.#request(event);
    if (event.type === 'rate') this.#quota(event);
    if (event.type === 'paused') {
      const ms = Math.max(0, event.until - Date.now());
      this.#pause(event.host, { kind: 'stop', ms, reason: 'it asked for a pause' });
    }
  };

  /** Tells what was seen since the last time, and waits until that is known to all. */
  async flush(): Promise<void> {
    this.#running = this.#running.then(() => this.#report());
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.lessons[Symbol.dispose]();
    await this.flush();
  }

  #request(event: Extract<ClientEvent, { type: 'request' }>): void {
    const { host, status = 0, error, kind } = event;
    if (kind !== 'registry') return;
    const seen = this.#seenOf(host);
    seen.requests += 1;
    this.#people.asks(host);
    if (this.#people.hasLeft(host)) void this.flush();
    if (error !== undefined || status >= 500) {
      seen.failure = error ?? `it answered ${status}`;
      // A host that speaks no TLS, or shows a wrong certificate, is there: what follows is a matter of each tag.
      if (error !== 'TLS') this.#failed(host, seen.failure);
      return;
    }
    seen.answered = true;
    this.#failures.delete(host);
    if (seen.isForSilence === true) forgetSilence(seen);
    if (status !== 429) return;
    seen.refused += 1;
    // Where it names a time, the client says so.
    this.#pause(host, { kind: 'hold', reason: 'it answers 429' });
  }

  #failed(host: string, failure: string): void {
    const failures = (this.#failures.get(host) ?? 0) + 1;
    this.#failures.set(host, failures);
    if (failures < maxFailures) return;
    this.#failures.delete(host);
    const seen = this.#seenOf(host);
    seen.isForSilence ??= seen.pause === undefined;
    this.#pause(host, { kind: 'hold', reason: `it does not answer: ${failure}` });
  }

  #quota({ host, rate }: Extract<ClientEvent, { type: 'rate' }>): void {
    const { limit, remaining, windowSeconds } = rate;
    this.#seenOf(host).quota = present({ limit, remaining, windowSeconds });
    if (limit === undefined || remaining === undefined || remaining > limit * reserve) return;
    const ms = Math.min(quotaHoldMs, (windowSeconds ?? Infinity) * 1000);
    const reason = `${remaining} of ${limit} requests are left`;
    this.#pause(host, { kind: 'hold', ms, reason });
  }

  /** In this process from now on, in all others as soon as they hear of it. */
  #pause(host: string, pause: NonNullable<RegistryReport['pause']>): void {
    const seen = this.#seenOf(host);
    const isStronger =
      seen.pause === undefined || (pause.kind === 'stop' && seen.pause.kind !== 'stop');
    if (isStronger) seen.pause = pause;
    if (pause.kind === 'stop') seen.isForSilence = false;
    const known = this.#of(host);
    const until = Date.now() + (pause.ms ?? 5_000);
    const isNew = known.leftAloneUntil < Date.now();
    this.#hosts.set(host, {
      ...known,
      leftAloneUntil: Math.max(known.leftAloneUntil, until),
      ...(pause.kind === 'stop' ? { blockedUntil: Math.max(known.blockedUntil, until) } : {}),
    });
    if (isNew) {
      this.#options.logger.warn('a registry is left alone', { host, reason: pause.reason });
      void this.flush();
    }
  }

  async #report(): Promise<void> {
    const { registries, process, limitsOf, logger } = this.#options;
    const seen = this.#seen;
    this.#seen = new Map();
    const reports = [...seen].map(([host, one]) => ({ host, ...one, ...limitsOf(host) }));
    try {
      this.#learnAll(await registries.report(process, reports));
      for (const host of seen.keys()) this.#people.isBack(host);
      await this.lessons.tell();
      await this.#people.tell();
    } catch (error) {
      logger.debug('what registries said could not be told', { error });
      for (const [host, { pause }] of seen)
        if (pause !== undefined) this.#seenOf(host).pause ??= pause;
    }
  }

  #hear(host: string | undefined): void {
    const { registries, process, logger } = this.#options;
    registries.list(host === undefined ? undefined : [host], process).then(
      (states) => this.#learnAll(states),
      (error: unknown) => logger.debug('what registries said could not be read', { error }),
    );
  }

  #learnAll(states: readonly RegistryState[]): void {
    const now = Date.now();
    for (const { host, readAt, blockedUntil, heldUntil, peopleUntil, processes } of states) {
      this.#people.hear(host, peopleUntil > readAt ? now + peopleUntil - readAt : 0);
      const pending = this.#seen.get(host)?.pause === undefined ? undefined : this.#hosts.get(host);
      const blocked = blockedUntil > readAt ? now + blockedUntil - readAt : 0;
      const held = heldUntil > readAt ? now + heldUntil - readAt : 0;
      this.#hosts.set(host, {
        blockedUntil: Math.max(blocked, pending?.blockedUntil ?? 0),
        leftAloneUntil: Math.max(blocked, held, pending?.leftAloneUntil ?? 0),
        processes: Math.max(1, processes),
      });
    }
  }

  #of(host: string): Known {
    return this.#hosts.get(host) ?? nothingKnown;
  }

  #seenOf(host: string): Seen {
    const known = this.#seen.get(host) ?? { requests: 0, refused: 0, answered: false };
    this.#seen.set(host, known);
    return known;
  }
}

/** Told together with the answer, it would outlast it. */
function forgetSilence(seen: Seen): void {
  delete seen.pause;
  delete seen.failure;
  delete seen.isForSilence;
}

/** Docker Hub is asked under another name than it is known by. */
function connectedHost(registry: string): string {
  return registry === 'docker.io' ? 'registry-1.docker.io' : registry;
}
