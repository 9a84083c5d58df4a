import type { Clock } from '#src/lib/clock.ts';

import { newToken, tokenName } from './access-token.ts';
import { type CodeChallenge, keepsPromise } from './pkce.ts';

/** Somebody who has logged in. The uid tells a user from another one who had the name before. */
export interface Account {
  readonly username: string;
  readonly uid: string;
}

/** What somebody granted to a client. */
export interface Grant {
  readonly clientName: string;
  readonly redirectUri: string;
  readonly account: Account;
}

/** What is kept of a code. */
export interface StoredCode extends Grant {
  readonly challenge: CodeChallenge;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  /** Name of the token that was made for it; the code is of no use any more. */
  readonly redeemedAs?: string;
}

/** Where codes and tokens are kept, by names from which they cannot be computed; all servers have the same. */
export interface GrantStore {
  createCode(name: string, code: StoredCode): Promise<void>;
  findCode(name: string): Promise<StoredCode | undefined>;
  /** @returns whether it was this call that redeemed the code */
  redeemCode(name: string, redeemedAs: string): Promise<boolean>;
  createToken(name: string, grant: Grant, expiresInSeconds: number): Promise<void>;
  /** Does nothing when there is none. */
  deleteToken(name: string): Promise<void>;
  /** Whether the user is still there, and the same. */
  isCurrent(account: Account): Promise<boolean>;
}

/** A token as its bearer gets it, once. */
export interface IssuedToken {
  readonly token: string;
  readonly expiresInSeconds: number;
}

/** What must be shown with a code. */
export interface Redemption {
  readonly code: string;
  readonly clientName: string;
  readonly redirectUri: string;
  readonly verifier: string;
}

/** RFC 6749 4.1.2: ten minutes at most. oc redeems at once. */
const codeLifetimeMs = 60_000;

/** Makes codes and access tokens. */
export class Grants {
  readonly #store: GrantStore;
  readonly #clock: Clock;
  readonly #lifetimeMs: number;

  /** @param lifetimeMs how long access tokens are good for */
  constructor(store: GrantStore, clock: Clock, lifetimeMs: number) {
    this.#store = store;
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
  }

  /** A code that is good for one token, soon. */
  async issueCode(grant: Grant, challenge: CodeChallenge): Promise<string> {
    const { secret, name } = fresh();
    const expiresAtMs = this.#clock.now() + codeLifetimeMs;
    await this.#store.createCode(name, { ...grant, challenge, expiresAtMs });
    return secret;
  }

  async issueToken(grant: Grant): Promise<IssuedToken> {
    const { secret, name } = fresh();
    return this.#createToken(secret, name, grant);
  }

  /**
   * The token for a code; `undefined` when the code is none, over, used, or not of whoever shows it. The token of a code
   * that is shown a second time is withdrawn (RFC 6749 4.1.2): one of the two stole it.
   */
  async redeem(shown: Redemption): Promise<IssuedToken | undefined> {
    const codeName = tokenName(shown.code);
    const code = codeName === undefined ? undefined : await this.#store.findCode(codeName);
    if (codeName === undefined || code === undefined) return undefined;
    if (code.redeemedAs !== undefined) {
      await this.#store.deleteToken(code.redeemedAs);
      return undefined;
    }
    if (!this.#isGood(code, shown) || !(await this.#store.isCurrent(code.account)))
      return undefined;
    const { secret, name } = fresh();
    if (!(await this.#store.redeemCode(codeName, name))) return undefined;
    return this.#createToken(secret, name, code);
  }

  #isGood(code: StoredCode, { clientName, redirectUri, verifier }: Redemption): boolean {
    return (
      code.expiresAtMs > this.#clock.now() &&
      code.clientName === clientName &&
      code.redirectUri === redirectUri &&
      keepsPromise(code.challenge, verifier)
    );
  }

  async #createToken(secret: string, name: string, grant: Grant): Promise<IssuedToken> {
    const expiresInSeconds = Math.floor(this.#lifetimeMs / 1000);
    await this.#store.createToken(name, grant, expiresInSeconds);
    return { token: secret, expiresInSeconds };
  }
}

function fresh(): { readonly secret: string; readonly name: string } {
  const secret = newToken();
  const name = tokenName(secret);
  if (name === undefined) throw new Error('a new token has a name');
  return { secret, name };
}
