/** How long to wait between attempts. */
export interface BackoffPolicy {
  /** Milliseconds before the second attempt. */
  readonly baseMs: number;
  /** No wait is longer than this, in milliseconds. */
  readonly capMs: number;
}

/**
 * Milliseconds to wait after the `attempt`-th failure (1 is the first): exponential with full jitter,
 * so that clients that failed together do not come back together.
 * @param random a number in [0, 1), `Math.random` outside tests
 */
export function backoffMs(policy: BackoffPolicy, attempt: number, random: () => number): number {
  const ceiling = Math.min(policy.capMs, policy.baseMs * 2 ** (attempt - 1));
  return Math.round(random() * ceiling);
}
