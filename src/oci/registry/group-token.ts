import type { AuthorizedResponse } from '../auth/attempts.ts';
import { authorized } from '../auth/authorize.ts';
import { pullScope, ScopeSet } from '../auth/scope.ts';
import { TokenError } from '../errors/auth.ts';
import type { RawResponse } from '../net/request.ts';
import { authSettingOf, memoryKey, type Asking, type Departing } from './auth-setting.ts';

/** More repositories than this are left out: their names stand in a URL, and a token that lists them in a header. */
const maxRepositories = 16;

/** The scopes of a token for several repositories; undefined when one alone is asked for. */
export function groupScopes(
  repository: string,
  group: readonly string[] | undefined,
): ScopeSet | undefined {
  if (group === undefined || repository === '') return undefined;
  const others = group.filter((other) => other !== repository);
  if (others.length === 0 || others.length === group.length) return undefined;
  return ScopeSet.of(...group.slice(0, maxRepositories).map(pullScope));
}

/**
 * As `authorized`, first with one token for all repositories of a group. Where that does not let in, the repository is
 * asked for with a token of its own; a token server that refuses such a request gets no more of them.
 */
export async function authorizedInGroup(
  asking: Asking,
  departing: Departing,
  group: ScopeSet | undefined,
  send: (authorization: string | undefined) => Promise<RawResponse>,
): Promise<AuthorizedResponse> {
  const { memory } = asking.core;
  const key = memoryKey(departing.wire.origin, departing.endpoint);
  const wanted = memory.get(key).refusesGroups === true ? undefined : group;
  if (wanted?.covers(departing.scopes) === true)
    try {
      const result = await authorized(
        authSettingOf(asking, { ...departing, scopes: wanted }),
        send,
      );
      if (result.response.status !== 401 && result.response.status !== 403) return result;
    } catch (error) {
      if (!(error instanceof TokenError)) throw error;
      const isRefusal = error.status !== undefined && error.status >= 400 && error.status < 500;
      if (isRefusal) memory.learn(key, { refusesGroups: true });
    }
  return authorized(authSettingOf(asking, departing), send);
}
