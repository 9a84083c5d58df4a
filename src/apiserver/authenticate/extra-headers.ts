import type { UserInfo } from '../resource.ts';
import type { Credentials } from './authenticator.ts';

/**
 * What else is said of a user in headers that begin with a prefix. The rest of the name is the key, percent-encoded and
 * in lower case; each header adds a value.
 * @param prefix in lower case
 */
export function extraOf(
  { rawHeaders }: Pick<Credentials, 'rawHeaders'>,
  prefix: string,
): Pick<UserInfo, 'extra'> {
  const extra = new Map<string, string[]>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!name.startsWith(prefix)) continue;
    const key = unescaped(name.slice(prefix.length));
    extra.set(key, [...(extra.get(key) ?? []), rawHeaders[index + 1] ?? '']);
  }
  return extra.size === 0 ? {} : { extra: Object.fromEntries(extra) };
}

/** As it stands when it is no percent-encoding, as in Kubernetes. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
