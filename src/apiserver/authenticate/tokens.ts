import { createHash, timingSafeEqual } from 'node:crypto';

import type { UserInfo } from '../resource.ts';
import { type Authenticator, bearerToken, type Credentials } from './authenticator.ts';

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
export function staticTokens(tokens: readonly StaticToken[]): Authenticator {
  return {
    authenticate(credentials: Credentials): Promise<UserInfo | undefined> {
      const token = bearerToken(credentials);
      if (token === undefined) return Promise.resolve(undefined);
      const hash = hashToken(token);
      return Promise.resolve(tokens.find((each) => timingSafeEqual(each.hash, hash))?.user);
    },
  };
}
