import { emptyStats, type CallOptions, type RequestStats } from '../content/types.ts';
import { AbortedError, LimitError, TimeoutError, type OciError } from '../errors.ts';
import type { Limits } from './limits.ts';

/** One call of the client with everything it asks for: its deadline, its counters, and the caller's signal. */
export class Operation implements Disposable {
  readonly stats: RequestStats;
  readonly priority: number;
  readonly #deadlineAt: number;
  readonly #maxRequests: number;
  readonly #callerSignal: AbortSignal | undefined;
  #controller: AbortController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #onCallerAbort: (() => void) | undefined;
  #requests = 0;

  constructor(options: CallOptions, limits: Limits) {
    this.stats = options.stats ?? emptyStats();
    this.priority = options.priority ?? 0;
    this.#deadlineAt = performance.now() + (options.deadlineMs ?? limits.operationMs);
    this.#maxRequests = limits.requestsPerOperation;
    this.#callerSignal = options.signal;
  }

  /** True when the caller can give up before the deadline. */
  get canAbort(): boolean {
    return this.#callerSignal !== undefined;
  }

  /** Milliseconds left; may be negative. */
  get remainingMs(): number {
    return this.#deadlineAt - performance.now();
  }

  /** True when the call has been given up or its time is over. */
  get over(): boolean {
    return this.#callerSignal?.aborted === true || this.remainingMs <= 0;
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
    if (this.#callerSignal?.aborted === true) throw aborted();
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

  /** Aborts with an `OciError` when the caller gives up or the time is over. Costs a timer, so only for waiting. */
  get signal(): AbortSignal {
    if (this.#controller !== undefined) return this.#controller.signal;
    const controller = new AbortController();
    this.#controller = controller;
    this.#timer = setTimeout(
      () => {
        controller.abort(new TimeoutError('operation'));
      },
      Math.max(0, this.remainingMs),
    );
    if (this.#callerSignal?.aborted === true) controller.abort(aborted());
    else {
      this.#onCallerAbort = this.onAbort((error) => {
        controller.abort(error);
      });
    }
    return controller.signal;
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

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#onCallerAbort?.();
  }

  async race<T>(
    start: (resolve: (value: T) => void, reject: (error: Error) => void) => () => void,
  ): Promise<T> {
    const { signal } = this;
    return new Promise<T>((resolve, reject) => {
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      let stop: () => void = nothing;
      const onAbort = (): void => {
        stop();
        reject(signal.reason as Error);
      };
      signal.addEventListener('abort', onAbort, { once: true });
      stop = start(
        (value) => {
          signal.removeEventListener('abort', onAbort);
          resolve(value);
        },
        (error) => {
          signal.removeEventListener('abort', onAbort);
          reject(error);
        },
      );
    });
  }
}

function nothing(): void {
  // Nothing to stop.
}

function aborted(): AbortedError {
  return new AbortedError('the call was aborted');
}
