import type { Clock } from '#src/lib/clock.ts';

import { tokenName } from '../oauth/access-token.ts';
import type { Account } from '../oauth/grants.ts';
import type { UserInfo } from '../resource.ts';
import type { TokenAuthenticator } from './bearer-tokens.ts';

/** What is kept of an access token. */
export interface StoredAccessToken {
  readonly account: Account;
  /** Milliseconds since 1970. */
  readonly expiresAtMs: number;
  readonly scopes: readonly string[];
}

export interface AccessTokenSource {
  find(name: string): Promise<StoredAccessToken | undefined>;
  /** The user with all groups; `undefined` when there is none, or another one of the name. */
  userOf(account: Account): Promise<UserInfo | undefined>;
}

/** Everybody who logged in with a password has it, as in OpenShift. */
const oauthGroup = 'system:authenticated:oauth';

/** Knows the tokens of people who logged in. */
export function accessTokens(source: AccessTokenSource, clock: Clock): TokenAuthenticator {
  return {
    async authenticateToken(token, audiences) {
      const name = tokenName(token);
      const stored = name === undefined ? undefined : await source.find(name);
      if (stored === undefined || stored.expiresAtMs <= clock.now()) return undefined;
      const user = await source.userOf(stored.account);
      if (user === undefined) return undefined;
      return {
        user: {
          ...user,
          groups: [...user.groups, oauthGroup],
          extra: { 'scopes.authorization.openshift.io': stored.scopes },
        },
        audiences,
        expiresAtMs: stored.expiresAtMs,
      };
    },
  };
}
