/**
 * A key of `auths` in normal form, and what it matches. Docker wrote URLs there (`https://index.docker.io/v1/`),
 * newer tools write `host[:port][/path]`; the kubelet added a glob per host label (`*.azurecr.io`).
 */
export interface RegistryKey {
  /** Lower-case host without port; labels may hold `*` and `?`. */
  readonly host: string;
  /** The port as written, or empty. */
  readonly port: string;
  /** Path below the host without slashes at its ends, or empty for the whole registry. */
  readonly path: string;
  readonly isGlob: boolean;
  /** The normal form as one text; `http://` stays, because it allows use over plain HTTP. */
  readonly text: string;
}

const hubHosts: ReadonlySet<string> = new Set([
  'docker.io',
  'index.docker.io',
  'registry-1.docker.io',
  'auth.docker.io',
]);

/** Ports that may be left out of a key: a registry on them is still the registry of that name. */
const defaultPorts: ReadonlySet<string> = new Set(['', '80', '443']);

const hostPattern = /^(?:\[[0-9a-f:.]+\]|[a-z0-9*?._-]+)$/;

/** The normal form of a key, or `undefined` when it names no host. */
export function parseRegistryKey(key: string): RegistryKey | undefined {
  const [, scheme = '', rest = ''] = /^(?:(https?):\/\/)?(.*)$/is.exec(key) ?? [];
  const slash = rest.indexOf('/');
  const authority = slash < 0 ? rest : rest.slice(0, slash);
  const { host: written, port } = splitPort(authority.toLowerCase());
  if (!hostPattern.test(written)) return undefined;
  const host = canonicalHost(written);
  // The token server's URL stood in old files for all of Docker Hub.
  const path = slash < 0 || written === 'auth.docker.io' ? '' : pathOf(rest.slice(slash));
  const location = [port === '' ? host : `${host}:${port}`, path].filter((part) => part !== '');
  return {
    host,
    port,
    path,
    isGlob: /[*?]/.test(host),
    text: `${scheme.toLowerCase() === 'http' ? 'http://' : ''}${location.join('/')}`,
  };
}

/** True when a credential under this key may be shown to `registry` for `repository`. */
export function keyMatches(key: RegistryKey, registry: string, repository: string): boolean {
  const { host: written, port } = splitPort(registry.toLowerCase());
  const host = canonicalHost(written);
  return (
    portMatches(key.port, port) &&
    (key.isGlob ? labelsMatch(key.host, host) : key.host === host) &&
    pathCovers(key.path, repository)
  );
}

/** Without a port a key stands for 443; `host:443` and `host:80` fall back to a key without port. */
function portMatches(keyPort: string, port: string): boolean {
  if (keyPort === port) return true;
  if (keyPort === '') return defaultPorts.has(port);
  return keyPort === '443' && port === '';
}

/** A prefix on a segment boundary: `foo` covers `foo` and `foo/bar`, never `foobar`. */
function pathCovers(path: string, repository: string): boolean {
  return path === '' || repository === path || repository.startsWith(`${path}/`);
}

function labelsMatch(pattern: string, host: string): boolean {
  const patterns = pattern.split('.');
  const labels = host.split('.');
  return (
    patterns.length === labels.length &&
    patterns.every((label, index) => globMatches(label, labels[index] ?? ''))
  );
}

/** `*` any run, `?` one character. Backtracks to the last star only, so time is at most pattern × text. */
function globMatches(pattern: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let retry = 0;
  while (from < text.length) {
    const wanted = pattern[at];
    if (wanted === '*') {
      star = at;
      retry = from;
      at += 1;
    } else if (wanted === '?' || wanted === text[from]) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      retry += 1;
      from = retry;
      at = star + 1;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}

function canonicalHost(host: string): string {
  return hubHosts.has(host) ? 'docker.io' : host;
}

function pathOf(written: string): string {
  const segments = written.split('/').filter((segment) => segment !== '');
  const isApiVersion = segments[0] === 'v1' || segments[0] === 'v2';
  return segments.slice(isApiVersion ? 1 : 0).join('/');
}

function splitPort(authority: string): { readonly host: string; readonly port: string } {
  const match = /^(.*?):(\d+)$/.exec(authority);
  const bare = match?.[1];
  // The colons inside an unbracketed or bracketed IPv6 address are no port separator.
  if (match === null || bare === undefined || (bare.includes(':') && !bare.endsWith(']')))
    return { host: authority, port: '' };
  return { host: bare, port: match[2] ?? '' };
}
