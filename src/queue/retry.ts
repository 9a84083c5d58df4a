import { backoffMs, type BackoffPolicy } from '#src/lib/backoff.ts';

/**
 * When a registry that failed for a while (429, 5xx, timeouts, DNS) is asked again: at most eight times within some
 * twenty minutes, with jitter, and never before the registry said.
 */
const policy: BackoffPolicy = { baseMs: 5_000, capMs: 10 * 60_000 };
const minPauseMs = 1_000;
const maxAttempts = 8;
/** A registry that says "tomorrow" is asked within the hour. */
const maxRetryAfterMs = 60 * 60_000;

/**
 * Milliseconds until the next attempt; `undefined` when there were enough.
 * @param attempt how many retries there were already, 0 after the first failure
 * @param retryAfterMs what the registry asked for
 * @param random a number in [0, 1), `Math.random` outside tests
 */
export function retryPauseMs(
  attempt: number,
  retryAfterMs: number,
  random: () => number,
): number | undefined {
  if (attempt >= maxAttempts) return undefined;
  const pause = minPauseMs + backoffMs(policy, attempt + 1, random);
  return Math.round(
    Math.max(pause, Math.min(retryAfterMs, maxRetryAfterMs) + random() * minPauseMs),
  );
}

/**
 * How many retries there were by now for a failure that is `ageMs` old; `undefined` when there were enough.
 */
export function attemptAfter(ageMs: number): number | undefined {
  const attempt = Math.max(0, Math.floor(Math.log2(ageMs / policy.baseMs + 1)));
  return attempt >= maxAttempts ? undefined : attempt + 1;
}
