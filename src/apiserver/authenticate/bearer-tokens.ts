import type { UserInfo } from '../resource.ts';
import type { Authenticator, Credentials } from './authenticator.ts';

/** Whom a token stands for. */
export interface TokenUser {
  readonly user: UserInfo;
  /** For whom the token is meant, out of those that were asked for. */
  readonly audiences: readonly string[];
  /** Milliseconds since 1970 after which the token is of no use; it lasts until it is revoked when absent. */
  readonly expiresAtMs?: number;
}

/** Knows one kind of token. */
export interface TokenAuthenticator {
  /**
   * The user of a token; `undefined` when it is of another kind, expired, revoked or wrong: callers are told the same.
   * @param audiences who asks; a token that names its audiences must name one of them
   */
  authenticateToken(token: string, audiences: readonly string[]): Promise<TokenUser | undefined>;
}

/** Longer than any token that is made here or by an issuer that counts; more is not looked at. */
const maxTokenLength = 16_384;

/** The users of `Authorization: Bearer` headers. */
export function bearerTokens(
  tokens: TokenAuthenticator,
  audiences: readonly string[],
): Authenticator {
  return {
    async authenticate(credentials): Promise<UserInfo | undefined> {
      const token = bearerToken(credentials);
      if (token === undefined) return undefined;
      return (await tokens.authenticateToken(token, audiences))?.user;
    },
  };
}

/** Asks those who know tokens in order. */
export function unionTokens(members: readonly TokenAuthenticator[]): TokenAuthenticator {
  return {
    async authenticateToken(token, audiences) {
      if (token.length > maxTokenLength) return undefined;
      for (const member of members) {
        const found = await member.authenticateToken(token, audiences);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

/** The token of an `Authorization: Bearer` header, `undefined` when there is none. */
export function bearerToken({ headers }: Pick<Credentials, 'headers'>): string | undefined {
  return /^bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
}
