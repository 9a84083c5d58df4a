import { backoffMs } from '#src/lib/backoff.ts';

import { RateLimitedError } from '../errors/answers.ts';
import { OciError } from '../errors/base.ts';
import type { RetryPolicy } from './lane-options.ts';
import type { Operation } from './operation.ts';

/** Statuses that may pass by themselves; 520–524 are a CDN's words for a lost origin. */
const temporary: ReadonlySet<number> = new Set([
  408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524,
]);

/** True for a status that is worth another attempt. */
export function isTemporaryStatus(status: number): boolean {
  return temporary.has(status);
}

export interface RetryContext {
  readonly policy: RetryPolicy;
  readonly now: () => number;
  readonly random: () => number;
}

/** Failures that have been repeated often enough where they happened: an outer repetition leaves them alone. */
const exhausted = new WeakSet<OciError>();

/**
 * Repeats what fails for a reason that may pass, with full jitter.
 * @param translate says what a failure of an attempt means
 * @throws {OciError} the last failure, or one that asks for a longer pause than may be waited for here
 */
export function withRetries<T>(
  context: RetryContext,
  operation: Operation,
  attempt: (number: number) => Promise<T>,
  translate: (failure: unknown) => unknown = asItIs,
): Promise<T> {
  // Mostly the first one succeeds, and needs no more than this.
  return attempt(1).catch(async (failure: unknown) => {
    for (let number = 1, last = failure; ; number += 1) {
      await pauseAfter(translate(last), number, context, operation);
      try {
        return await attempt(number + 1);
      } catch (error) {
        last = error;
      }
    }
  });
}

/** @throws {OciError} what is not to be tried again */
async function pauseAfter(
  error: unknown,
  number: number,
  { policy, now, random }: RetryContext,
  operation: Operation,
): Promise<void> {
  if (!mayPass(error) || operation.over) throw error;
  if (number >= policy.attempts) {
    exhausted.add(error);
    throw error;
  }
  const waitMs = pauseOf(error, now()) ?? backoffMs(policy, number, random);
  if (waitMs > policy.retryAfterMaxInlineMs && error instanceof RateLimitedError) throw error;
  if (waitMs >= operation.remainingMs) throw error;
  operation.stats.retries += 1;
  await operation.sleep(waitMs);
}

function mayPass(error: unknown): error is OciError {
  return error instanceof OciError && error.retryable && !exhausted.has(error);
}

function asItIs(failure: unknown): unknown {
  return failure;
}

/** Keeps an outer repetition from repeating this failure. */
export function leaveAlone(error: OciError): void {
  exhausted.add(error);
}

function pauseOf(error: OciError, now: number): number | undefined {
  if (!(error instanceof RateLimitedError) || !error.asked) return undefined;
  return Math.max(0, error.retryAt.getTime() - now);
}

const minPauseMs = 1000;
const maxPauseMs = 15 * 60 * 1000;
const unitMs: Readonly<Record<string, number>> = {
  h: 3_600_000,
  m: 60_000,
  s: 1000,
  ms: 1,
  us: 0.001,
  ns: 0.000_001,
};

/**
 * When a `Retry-After` says to come back, in milliseconds since 1970, at least 1 s and at most 15 min from now: seconds
 * or a date (RFC 9110, 10.2.3), or a Go duration, which GHCR sends. Undefined when it says nothing.
 */
export function parseRetryAfter(value: string | undefined, now: number): number | undefined {
  // Header bytes are read as Latin-1: the micro sign of UTF-8 comes as two characters.
  const text = (value?.trim() ?? '').replaceAll(/\u00c2?\u00b5|\u00ce\u00bc|\u03bc/gu, 'u');
  if (text === '' || text.length > 64) return undefined;
  const ms = /^-?\d+(?:\.\d+)?(?:e\d+)?$/iu.test(text) ? Number(text) * 1000 : durationMs(text);
  if (ms !== undefined) return now + Math.min(maxPauseMs, Math.max(minPauseMs, ms));
  // Anything else that Date would read in its generosity is no HTTP date.
  if (!/^[A-Z][a-z]{2}/u.test(text)) return undefined;
  const at = Date.parse(text);
  if (Number.isNaN(at)) return undefined;
  return now + Math.min(maxPauseMs, Math.max(minPauseMs, at - now));
}

function durationMs(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s|us|ns)/gu)];
  if (parts.length === 0 || parts.map(([part]) => part).join('') !== text) return undefined;
  return parts.reduce(
    (sum, [, number, unit]) => sum + Number(number) * (unitMs[unit ?? ''] ?? 0),
    0,
  );
}
