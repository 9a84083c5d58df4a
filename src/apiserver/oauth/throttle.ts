import { createHash } from 'node:crypto';
import { isIPv6 } from 'node:net';

import type { Clock } from '#src/lib/clock.ts';

/** How failed logins are slowed. */
export interface ThrottlePolicy {
  /** So many failures cost nothing: people mistype. */
  readonly free: number;
  /** The wait after the first failure beyond them, in milliseconds; it doubles with each further one. */
  readonly baseMs: number;
  readonly capMs: number;
  /** Failures are forgotten after so long without another one, in milliseconds. */
  readonly forgetMs: number;
  /** Most users, and most addresses, that are remembered; the ones that failed longest ago are forgotten first. */
  readonly maxEntries: number;
}

/** Of users; an address, behind which there may be many, is given four times as many free failures. */
export const throttlePolicy: ThrottlePolicy = {
  free: 10,
  baseMs: 1_000,
  capMs: 60_000,
  forgetMs: 15 * 60_000,
  maxEntries: 10_000,
};

interface Failures {
  readonly count: number;
  readonly lastMs: number;
}

/**
 * Slows those who guess passwords: by user, so that many addresses do not help, and by address, so that many users do
 * not. Nobody is locked out for longer than `capMs`. It counts in this process.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #policy: ThrottlePolicy;
  readonly #failures = { user: new Map<string, Failures>(), address: new Map<string, Failures>() };

  constructor(clock: Clock, policy: ThrottlePolicy = throttlePolicy) {
    this.#clock = clock;
    this.#policy = policy;
  }

  /**
   * Counts a login as failed until it is known to be good, so that attempts at the same time count too.
   * @returns how many milliseconds to wait before another attempt; 0 when this one may be made
   */
  begin(username: string, address: string): number {
    const waitMs = Math.max(
      this.#waitMs('user', userKey(username)),
      this.#waitMs('address', addressKey(address)),
    );
    if (waitMs > 0) return waitMs;
    this.#count('user', userKey(username));
    this.#count('address', addressKey(address));
    return 0;
  }

  /** Forgets the failures of a user who has logged in; of the address only this attempt. */
  succeeded(username: string, address: string): void {
    this.#failures.user.delete(userKey(username));
    this.#undo('address', addressKey(address));
  }

  /** Takes back what `begin` counted of an attempt that was not made. */
  abandoned(username: string, address: string): void {
    this.#undo('user', userKey(username));
    this.#undo('address', addressKey(address));
  }

  #undo(kind: 'user' | 'address', key: string): void {
    const known = this.#failures[kind].get(key);
    if (known === undefined) return;
    if (known.count <= 1) this.#failures[kind].delete(key);
    else this.#failures[kind].set(key, { ...known, count: known.count - 1 });
  }

  #waitMs(kind: 'user' | 'address', key: string): number {
    const known = this.#failures[kind].get(key);
    if (known === undefined) return 0;
    const { free, baseMs, capMs, forgetMs } = this.#policy;
    const sinceMs = this.#clock.now() - known.lastMs;
    if (sinceMs >= forgetMs) {
      this.#failures[kind].delete(key);
      return 0;
    }
    const beyond = known.count - (kind === 'user' ? free : 4 * free);
    if (beyond < 0) return 0;
    return Math.max(0, Math.min(capMs, baseMs * 2 ** Math.min(beyond, 30)) - sinceMs);
  }

  #count(kind: 'user' | 'address', key: string): void {
    const entries = this.#failures[kind];
    const count = (entries.get(key)?.count ?? 0) + 1;
    entries.delete(key);
    entries.set(key, { count, lastMs: this.#clock.now() });
    const [oldest] = entries.keys();
    if (entries.size > this.#policy.maxEntries && oldest !== undefined) entries.delete(oldest);
  }
}

/** Names are as long as whoever asks likes. */
function userKey(username: string): string {
  return createHash('sha256').update(username).digest('base64');
}

/** Whoever has an IPv6 address has 2^64 of them. */
function addressKey(address: string): string {
  if (!isIPv6(address)) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [front = '', back] = address.replace(/%.*$/u, '').split('::');
  const left = front === '' ? [] : front.split(':');
  const right = back === undefined || back === '' ? [] : back.split(':');
  const middle = back === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  return [...left, ...Array.from({ length: middle }, () => '0'), ...right].slice(0, 4).join(':');
}
