import { emptyStats, type CallOptions, type RequestStats } from '../content/types.ts';
import type { OciError } from '../errors/base.ts';
import { AbortedError, LimitError, TimeoutError } from '../errors/network.ts';
import type { Limits } from './limits.ts';

/** One call of the client with everything it asks for: its deadline, its counters, and the caller's signal. */
export class Operation {
  readonly stats: RequestStats;
  readonly priority: number;
  /** By `performance.now()`. */
  readonly deadlineAt: number;
  readonly #maxRequests: number;
  readonly #callerSignal: AbortSignal | undefined;
  #requests = 0;

  constructor(options: CallOptions, limits: Limits) {
    this.stats = options.stats ?? emptyStats();
    this.priority = options.priority ?? 0;
    this.deadlineAt = performance.now() + (options.deadlineMs ?? limits.operationMs);
    this.#maxRequests = limits.requestsPerOperation;
    this.#callerSignal = options.signal;
  }

  /** True when the caller can give up before the deadline. */
  get canAbort(): boolean {
    return this.#callerSignal !== undefined;
  }

  /** True when the caller has given up. */
  get aborted(): boolean {
    return this.#callerSignal?.aborted === true;
  }

  /** Milliseconds left; may be negative. */
  get remainingMs(): number {
    return this.deadlineAt - performance.now();
  }

  /** True when the call has been given up or its time is over. */
  get over(): boolean {
    return this.aborted || this.remainingMs <= 0;
  }

  /**
   * Counts a request in.
   * @throws {AbortedError} when the caller gave up
   * @throws {TimeoutError} when the time is over
   * @throws {LimitError} when there have been too many
   */
  begin(): void {
    this.throwIfOver();
    this.#requests += 1;
    if (this.#requests > this.#maxRequests)
      throw new LimitError('requestsPerOperation', this.#maxRequests);
  }

  /** @throws {OciError} when the call is over */
  throwIfOver(): void {
    if (this.aborted) throw aborted();
    if (this.remainingMs <= 0) throw new TimeoutError('operation');
  }

  /** Calls back once when the caller gives up; the answer stops that. */
  onAbort(listener: (error: OciError) => void): () => void {
    const signal = this.#callerSignal;
    if (signal === undefined) return nothing;
    const call = (): void => {
      listener(aborted());
    };
    signal.addEventListener('abort', call, { once: true });
    return () => {
      signal.removeEventListener('abort', call);
    };
  }

  /**
   * Waits, and counts the wait.
   * @throws {OciError} when the call is over first
   */
  async sleep(ms: number): Promise<void> {
    this.stats.waitedMs += ms;
    await this.race((resolve) => {
      const timer = setTimeout(resolve, ms);
      return () => {
        clearTimeout(timer);
      };
    });
  }

  /**
   * Settles with a promise that others may share, or when the call is over.
   * @throws {OciError} when the call is over first
   */
  async wait<T>(promise: Promise<T>): Promise<T> {
    return this.race<T>((resolve, reject) => {
      promise.then(resolve, reject);
      return nothing;
    });
  }

  /**
   * Settles as `start` says, which answers how to stop it, or when the call is over.
   * @throws {OciError} when the call is over first
   */
  async race<T>(
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
  ): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const ends: (() => void)[] = [];
      const end = (): void => {
        for (const each of ends.splice(0)) each();
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
      };
      if (this.aborted) {
        fail(aborted());
        return;
      }
      const timer = setTimeout(
        () => {
          fail(new TimeoutError('operation'));
        },
        Math.max(0, this.remainingMs),
      );
      ends.push(() => {
        clearTimeout(timer);
      }, this.onAbort(fail));
      const stop = start((value) => {
        end();
        resolve(value);
      }, fail);
      ends.push(stop);
    });
  }
}

function nothing(): void {
  // Nothing to stop.
}

function aborted(): AbortedError {
  return new AbortedError('the call was aborted');
}
