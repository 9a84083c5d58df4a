import type { ErrorContext } from '../errors/base.ts';
import { RedirectRejectedError } from '../errors/network.ts';
import type { NetworkPolicy } from './policy.ts';

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const maxLocationLength = 16 * 1024;

/** True for a status that sends a GET elsewhere. */
export function isRedirect(status: number): boolean {
  return redirects.has(status);
}

/**
 * Where a redirect leads.
 * @throws {RedirectRejectedError} when it may not be followed
 */
export function redirectTarget(
  location: string | undefined,
  from: URL,
  policy: NetworkPolicy,
  context: ErrorContext,
): URL {
  const target =
    location === undefined || location === '' || location.length > maxLocationLength
      ? null
      : URL.parse(location, from.href);
  const why = target === null ? 'it has no usable Location' : problemOf(target, from, policy);
  if (target === null || why !== undefined)
    throw new RedirectRejectedError(`the redirect is refused: ${why ?? ''}`, context);
  target.hash = '';
  return target;
}

function problemOf(target: URL, from: URL, policy: NetworkPolicy): string | undefined {
  if (target.protocol !== 'https:' && target.protocol !== 'http:') return 'its scheme is not HTTP';
  if (target.protocol === 'http:' && from.protocol === 'https:') return 'it leaves HTTPS';
  if (target.username !== '' || target.password !== '') return 'it has user information';
  if (target.origin !== from.origin && !hostAllowed(target, policy))
    return 'the policy does not name its host';
  return undefined;
}

function hostAllowed(target: URL, { redirectHosts = 'public' }: NetworkPolicy): boolean {
  if (typeof redirectHosts === 'string') return true;
  return redirectHosts.some((entry) =>
    entry.startsWith('*.')
      ? target.hostname.endsWith(entry.slice(1))
      : entry === target.hostname || entry === target.host,
  );
}
