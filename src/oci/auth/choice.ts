import type { RawResponse } from '../net/request.ts';
import { parseChallenges, type Challenge } from './challenge.ts';

/** Bearer before Basic; others (Negotiate, NTLM) are not spoken. */
export function pickChallenge(response: RawResponse): Challenge | undefined {
  const challenges = parseChallenges(response.headers['www-authenticate']);
  return (
    challenges.find(({ scheme }) => scheme === 'bearer') ??
    challenges.find(({ scheme }) => scheme === 'basic')
  );
}

/** True when both challenges ask for the same. */
export function isSameWay(a: Challenge, b: Challenge): boolean {
  return (
    a.scheme === b.scheme &&
    (a.scheme === 'basic' ||
      (a.params['realm'] === b.params['realm'] && a.params['service'] === b.params['service']))
  );
}

/** A key that says `http://`, or names a port, was written for exactly this. */
export function mayUsePlaintext(matchedKey: string): boolean {
  const [authority = ''] = matchedKey.replace(/^https?:\/\//u, '').split('/');
  return matchedKey.startsWith('http://') || /:\d+$/u.test(authority);
}
