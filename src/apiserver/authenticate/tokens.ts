import { createHash, timingSafeEqual } from 'node:crypto';

import type { UserInfo } from '../resource.ts';
import { type Authenticator, type Credentials } from './authenticator.ts';
import { bearerToken, type TokenAuthenticator } from './bearer-tokens.ts';

/** A token that is known beforehand, kept as a hash only. */
export interface StaticToken {
  /** SHA-256 of the token, 32 bytes. */
  readonly hash: Buffer;
  readonly user: UserInfo;
}

/** What is stored of a token instead of the token: its SHA-256. Tokens are random, so no salt is needed. */
export function hashToken(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** Knows a fixed list of tokens; how long a comparison takes tells nothing about the token. */
export function staticTokens(tokens: readonly StaticToken[]): Authenticator & TokenAuthenticator {
  const userOf = (token: string): UserInfo | undefined => {
    const hash = hashToken(token);
    return tokens.find((each) => timingSafeEqual(each.hash, hash))?.user;
  };
  return {
    authenticate(credentials: Credentials): Promise<UserInfo | undefined> {
      const token = bearerToken(credentials);
      return Promise.resolve(token === undefined ? undefined : userOf(token));
    },
    authenticateToken(token, audiences) {
      const user = userOf(token);
      return Promise.resolve(user === undefined ? undefined : { user, audiences });
    },
  };
}
