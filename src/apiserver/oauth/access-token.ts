import { createHash, randomBytes } from 'node:crypto';

/** What tokens and codes begin with, and the names of what is kept of them: as OpenShift 4.6 and newer. */
const prefix = 'sha256~';

/** A new token or code of 256 random bits: `sha256~` and 43 characters. */
export function newToken(): string {
  return `${prefix}${randomBytes(32).toString('base64url')}`;
}

/**
 * The name under which a token or a code is kept, from which it cannot be computed.
 * @returns `undefined` for what cannot be one
 */
export function tokenName(token: string): string | undefined {
  if (!/^sha256~[A-Za-z0-9_-]{43}$/.test(token)) return undefined;
  const hash = createHash('sha256').update(token.slice(prefix.length)).digest('base64url');
  return `${prefix}${hash}`;
}
