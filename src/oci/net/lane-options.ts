/** How hard one host is asked. */
export interface LaneOptions {
  /** Requests in flight to one host; default 8: more adds latency, not throughput. */
  readonly concurrencyPerHost: number;
  /** Requests in flight of all processes that share their budgets; default as many as they have together. */
  readonly totalPerHost?: number;
  /** Requests a second to one host, of all processes that share their budgets; default what the host's profile says, else no bound. */
  readonly ratePerSecond?: number;
  readonly burst?: number;
  /** Connections to one origin; default 8. */
  readonly connectionsPerOrigin: number;
  readonly http2: 'auto' | 'off';
  /** Milliseconds an unused connection stays open; default 30 s. */
  readonly idleMs: number;
  /** Other values for single hosts. */
  readonly perHost?: Readonly<Record<string, Partial<Omit<LaneOptions, 'perHost'>>>>;
}

export const defaultLaneOptions: LaneOptions = {
  concurrencyPerHost: 8,
  connectionsPerOrigin: 8,
  http2: 'auto',
  idleMs: 30_000,
};

/** How failures are repeated. */
export interface RetryPolicy {
  /** Attempts in all; default 3. */
  readonly attempts: number;
  readonly baseMs: number;
  readonly capMs: number;
  /** A longer pause asked for by the registry is not waited for but thrown as `RateLimitedError`. */
  readonly retryAfterMaxInlineMs: number;
}

export const defaultRetryPolicy: RetryPolicy = {
  attempts: 3,
  baseMs: 250,
  capMs: 8_000,
  retryAfterMaxInlineMs: 2_000,
};
