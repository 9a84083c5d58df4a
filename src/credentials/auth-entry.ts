import type { Credential } from '#src/oci/auth/credential.ts';

/** What one value of `auths` says: a credential, nothing at all, or why it cannot be used. */
export type AuthEntry =
  | { readonly kind: 'credential'; readonly credential: Credential }
  | { readonly kind: 'empty' }
  | { readonly kind: 'unusable'; readonly problem: string };

const base64Pattern = /^[A-Za-z0-9+/]*={0,2}$/;
/** A token goes into a header as it stands, so anything but visible ASCII could add a header of its own. */
const tokenPattern = /^[\x21-\x7e]+$/;
const maxTokenLength = 16 * 1024;

/**
 * Reads one value of `auths` (docker config file): `registrytoken`, else `identitytoken`, else `auth`, else
 * `username` and `password`. An empty value only marks a credential helper's registry and says nothing.
 */
export function readAuthEntry(value: unknown): AuthEntry {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return unusable('the entry is not an object');
  const fields = value as Readonly<Record<string, unknown>>;
  const texts: Record<string, string> = {};
  for (const name of ['auth', 'username', 'password', 'identitytoken', 'registrytoken']) {
    const field = fields[name];
    if (field === undefined || field === null || field === '') continue;
    if (typeof field !== 'string') return unusable(`${name} is not a string`);
    texts[name] = field;
  }
  return credentialOf(texts);
}

function credentialOf(texts: Readonly<Record<string, string>>): AuthEntry {
  const { registrytoken, identitytoken } = texts;
  if (registrytoken !== undefined) {
    return isToken(registrytoken)
      ? { kind: 'credential', credential: { kind: 'bearer', token: registrytoken } }
      : unusable('registrytoken is not a token');
  }
  const user = userOf(texts);
  if (identitytoken !== undefined) {
    if (!isToken(identitytoken)) return unusable('identitytoken is not a token');
    const username = user.kind === 'user' && user.username !== '' ? user.username : undefined;
    return {
      kind: 'credential',
      credential: {
        kind: 'identity',
        refreshToken: identitytoken,
        ...(username === undefined ? {} : { username }),
      },
    };
  }
  if (user.kind !== 'user') return user;
  if (user.username === '' && user.password === '') return { kind: 'empty' };
  return {
    kind: 'credential',
    credential: { kind: 'basic', username: user.username, password: user.password },
  };
}

type User =
  | { readonly kind: 'user'; readonly username: string; readonly password: string }
  | { readonly kind: 'unusable'; readonly problem: string };

function userOf(texts: Readonly<Record<string, string>>): User {
  const { auth } = texts;
  if (auth === undefined)
    return {
      kind: 'user',
      username: texts['username'] ?? '',
      password: texts['password'] ?? '',
    };
  const decoded = decodeBase64(auth);
  if (decoded === undefined) return { kind: 'unusable', problem: 'auth is not base64' };
  const colon = decoded.indexOf(':');
  if (colon < 0) return { kind: 'unusable', problem: 'auth is not base64 of "user:password"' };
  const password = decoded.slice(colon + 1, endOf(decoded));
  return { kind: 'user', username: decoded.slice(0, colon), password };
}

/**
 * Where a text ends, before the NUL bytes that Docker pads it with in old files. A regular expression would take time with
 * the square of their number where something stands behind them.
 */
function endOf(text: string): number {
  let end = text.length;
  while (text[end - 1] === '\0') end -= 1;
  return end;
}

/** The text of standard base64 (padding optional, white space ignored), or `undefined` when it is none. */
export function decodeBase64(text: string): string | undefined {
  const compact = text.replaceAll(/\s/g, '');
  return base64Pattern.test(compact) ? Buffer.from(compact, 'base64').toString('utf8') : undefined;
}

function isToken(text: string): boolean {
  return text.length <= maxTokenLength && tokenPattern.test(text);
}

function unusable(problem: string): AuthEntry {
  return { kind: 'unusable', problem };
}
