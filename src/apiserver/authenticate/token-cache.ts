import type { Clock } from '#src/lib/clock.ts';

import type { TokenAuthenticator, TokenUser } from './bearer-tokens.ts';
import { hashToken } from './tokens.ts';

/** Tells when what tokens stand for may have changed. */
export interface IdentityChanges {
  /** Rises with every change; `undefined` while it cannot be told. */
  epoch(): number | undefined;
}

interface Kept {
  readonly found: TokenUser;
  readonly untilMs: number;
}

/** A change is told within milliseconds; should it ever not be, this is how long an answer is believed. */
const lifetimeMs = 10_000;
const maxEntries = 10_000;

/**
 * Remembers whom tokens stand for, until anything changes that could make it wrong, so that a busy client costs one
 * look-up. Only hashes of tokens are kept, and nothing of those that were refused.
 */
export function cachedTokens(
  inner: TokenAuthenticator,
  changes: IdentityChanges,
  clock: Clock,
): TokenAuthenticator {
  const kept = new Map<string, Kept>();
  let keptAt: number | undefined;

  function current(): number | undefined {
    const epoch = changes.epoch();
    if (epoch !== keptAt) kept.clear();
    keptAt = epoch;
    return epoch;
  }

  return {
    async authenticateToken(token, audiences) {
      const epoch = current();
      const key = `${hashToken(token).toString('base64')} ${JSON.stringify(audiences)}`;
      const known = kept.get(key);
      if (known !== undefined && known.untilMs > clock.now()) return known.found;
      const startedMs = clock.now();
      const found = await inner.authenticateToken(token, audiences);
      kept.delete(key);
      if (found === undefined || epoch === undefined || current() !== epoch) return found;
      const untilMs = Math.min(startedMs + lifetimeMs, found.expiresAtMs ?? Infinity);
      kept.set(key, { found, untilMs });
      const [oldest] = kept.keys();
      if (kept.size > maxEntries && oldest !== undefined) kept.delete(oldest);
      return found;
    },
  };
}
