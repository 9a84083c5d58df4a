import type { Token } from './token.ts';

/** What a token is good for: tokens are found only with everything equal, the credential's fingerprint included. */
export interface TokenKey {
  readonly origin: string;
  readonly realm: string;
  readonly service: string;
  readonly scope: string;
  readonly credential: string;
}

interface Entry {
  readonly value: string;
  readonly usableUntil: number;
}

interface Flight {
  readonly result: Promise<string>;
  readonly controller: AbortController;
  waiters: number;
}

/** Milliseconds before its end at which a token is used no more: it has to survive the way to the registry. */
const marginMs = 10_000;
const maxTokens = 10_000;

/** Tokens in memory, least recently used first out; equal requests under way are made once. */
export class TokenCache {
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new Map<string, Flight>();
  readonly #now: () => number;

  /** @param now milliseconds since 1970; expiry is counted from when a token was received, never by the server's clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: TokenKey): string | undefined {
    const id = idOf(key);
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    this.#entries.delete(id);
    if (entry.usableUntil <= this.#now()) return undefined;
    this.#entries.set(id, entry);
    return entry.value;
  }

  /** Forgets a token that was refused, unless a newer one has taken its place. */
  drop(key: TokenKey, value: string): void {
    const id = idOf(key);
    if (this.#entries.get(id)?.value === value) this.#entries.delete(id);
  }

  /** Forgets all tokens. */
  clear(): void {
    this.#entries.clear();
  }

  /**
   * The token, from memory or from `fetch`. Whoever waits may leave: the request goes on for the others, and is aborted
   * with the last.
   * @param wait waits for a shared promise until its own operation is over
   */
  async obtain(
    key: TokenKey,
    fetch: (signal: AbortSignal) => Promise<Token>,
    wait: (promise: Promise<string>) => Promise<string>,
  ): Promise<string> {
    const known = this.get(key);
    if (known !== undefined) return known;
    const id = idOf(key);
    const flight = this.#flights.get(id) ?? this.#start(id, fetch);
    flight.waiters += 1;
    try {
      return await wait(flight.result);
    } finally {
      flight.waiters -= 1;
      if (flight.waiters === 0) {
        flight.controller.abort();
        if (this.#flights.get(id) === flight) this.#flights.delete(id);
      }
    }
  }

  #start(id: string, fetch: (signal: AbortSignal) => Promise<Token>): Flight {
    const controller = new AbortController();
    const result = this.#fly(id, fetch, controller.signal);
    // Every waiter has its own answer; nobody may be left to hear this one.
    result.catch(() => undefined);
    const flight: Flight = { result, controller, waiters: 0 };
    this.#flights.set(id, flight);
    return flight;
  }

  async #fly(
    id: string,
    fetch: (signal: AbortSignal) => Promise<Token>,
    signal: AbortSignal,
  ): Promise<string> {
    const token = await fetch(signal);
    const usableUntil = this.#now() + token.expiresInSeconds * 1000 - marginMs;
    this.#entries.set(id, { value: token.value, usableUntil });
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= maxTokens) break;
      this.#entries.delete(oldest);
    }
    return token.value;
  }
}

function idOf({ origin, realm, service, scope, credential }: TokenKey): string {
  return JSON.stringify([origin, realm, service, scope, credential]);
}
