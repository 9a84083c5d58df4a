import { failure, StatusError } from '#src/meta/status.ts';

import type { ApiRequest } from '../http/messages.ts';
import type { Account } from './grants.ts';
import type { LoginThrottle } from './throttle.ts';

/** Who is behind the user name and the password of a request; `undefined` when there is none or it is wrong. */
export type Login = (
  request: Pick<ApiRequest, 'headers' | 'remoteAddress'>,
) => Promise<Account | undefined>;

/** Those who have a password. */
export interface Accounts {
  /**
   * The account, when it is its password; it takes as long when there is no such user.
   * @throws {StatusError} 429 when too many log in at once
   */
  login(username: string, password: string): Promise<Account | undefined>;
}

/** Logs in whoever sends Basic credentials, the slower the more often they were wrong. */
export function passwordLogin(accounts: Accounts, throttle: LoginThrottle): Login {
  return async ({ headers, remoteAddress }) => {
    const given = basicCredentials(headers.authorization);
    if (given === undefined) return undefined;
    const { username, password } = given;
    const waitMs = throttle.begin(username, remoteAddress);
    if (waitMs > 0) throw slowedDown(waitMs);
    try {
      const account = await accounts.login(username, password);
      if (account !== undefined) throttle.succeeded(username, remoteAddress);
      return account;
    } catch (error) {
      throttle.abandoned(username, remoteAddress);
      throw error;
    }
  };
}

/** RFC 7617: everything behind the first colon is the password. */
export function basicCredentials(
  header = '',
): { readonly username: string; readonly password: string } | undefined {
  const encoded = /^basic +([A-Za-z0-9+/_-]+={0,2})\s*$/i.exec(header)?.[1];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return undefined;
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

function slowedDown(waitMs: number): StatusError {
  return new StatusError(
    failure(429, 'TooManyRequests', 'Too many failed logins, please try again later.', {
      retryAfterSeconds: Math.ceil(waitMs / 1000),
    }),
  );
}
