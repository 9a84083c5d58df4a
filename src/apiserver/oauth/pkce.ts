import { createHash, timingSafeEqual } from 'node:crypto';

/** What a client promised when it asked for a code (RFC 7636). */
export interface CodeChallenge {
  readonly challenge: string;
  readonly method: 'S256' | 'plain';
}

/** RFC 7636 4.1 and 4.2: 43 to 128 unreserved characters. */
const grammar = /^[A-Za-z0-9._~-]{43,128}$/;

/** The challenge of an authorization request; `undefined` when there is none or it is not well-formed. */
export function codeChallengeOf(query: URLSearchParams): CodeChallenge | undefined {
  const challenge = query.get('code_challenge') ?? '';
  const method = query.get('code_challenge_method') ?? 'plain';
  if (!grammar.test(challenge) || (method !== 'S256' && method !== 'plain')) return undefined;
  return { challenge, method };
}

/** Whether whoever redeems a code is who asked for it. */
export function keepsPromise({ challenge, method }: CodeChallenge, verifier: string): boolean {
  if (!grammar.test(verifier)) return false;
  const answer =
    method === 'plain' ? verifier : createHash('sha256').update(verifier).digest('base64url');
  const [expected, given] = [Buffer.from(challenge), Buffer.from(answer)];
  return expected.length === given.length && timingSafeEqual(expected, given);
}
