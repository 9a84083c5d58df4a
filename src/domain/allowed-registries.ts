import {
  asRepository,
  daemonMinimal,
  exactReference,
  withClientDefaults,
  type DockerImageReference,
} from './reference.ts';

/** One entry of the list: `host[:port]`, where `*` and `?` stand for any text and any character. */
export interface AllowedRegistry {
  readonly domainName: string;
  /** Without a port: 80 instead of 443. */
  readonly insecure?: boolean;
}

/** Which registries images may come from. */
export interface AllowList {
  /** Why a reference is refused; undefined when it is allowed. */
  refusal(reference: DockerImageReference, insecure: boolean): string | undefined;
  /** A list that also allows these repositories, so that what an object already names stays editable. */
  including(references: Iterable<DockerImageReference>): AllowList;
}

interface Pattern {
  readonly host: string;
  readonly port: string;
}

/** Patterns that a refusal shows before it counts the rest. */
const shownPatterns = 5;
const hubAliases: ReadonlySet<string> = new Set(['index.docker.io', 'registry-1.docker.io']);

/** Allows everything: no list is configured. */
export const anyRegistry: AllowList = {
  refusal: () => undefined,
  including: () => anyRegistry,
};

/**
 * The list of a configuration; an empty one allows everything. The integrated registry is always allowed. Source:
 * openshift-apiserver validation/whitelist.
 */
export function allowList(registries: readonly AllowedRegistry[], internalHost = ''): AllowList {
  if (registries.length === 0) return anyRegistry;
  const own = internalHost === '' ? [] : [patternOf({ domainName: internalHost })];
  return listOf([...own, ...registries.map(patternOf)], new Set());
}

function listOf(patterns: readonly Pattern[], repositories: ReadonlySet<string>): AllowList {
  return {
    refusal(reference, insecure) {
      const repository = repositoryOf(reference);
      if (repositories.has(repository)) return undefined;
      const registry = withClientDefaults(reference).registry;
      const allowed = candidates(registry).some((name) =>
        patterns.some((pattern) => matches(name, pattern, insecure)),
      );
      return allowed ? undefined : refusalText(registry, patterns);
    },
    including(references) {
      const named = [...references].map(repositoryOf);
      return listOf(patterns, new Set([...repositories, ...named]));
    },
  };
}

function repositoryOf(reference: DockerImageReference): string {
  return exactReference(daemonMinimal(withClientDefaults(asRepository(reference))));
}

function candidates(registry: string): string[] {
  return hubAliases.has(registry) ? ['docker.io', registry] : [registry];
}

function patternOf({ domainName, insecure }: AllowedRegistry): Pattern {
  const { host, port } = hostAndPort(domainName);
  const defaultPort = insecure === true ? '80' : '443';
  return { host, port: port === '' ? defaultPort : port };
}

function hostAndPort(text: string): Pattern {
  const colon = text.lastIndexOf(':');
  return colon === -1
    ? { host: text, port: '' }
    : { host: text.slice(0, colon), port: text.slice(colon + 1) };
}

function matches(registry: string, pattern: Pattern, insecure: boolean): boolean {
  const { host, port } = hostAndPort(registry);
  if (!matchesWildcard(host, pattern.host)) return false;
  if (port !== '') return matchesWildcard(port, pattern.port);
  return matchesWildcard('443', pattern.port) || (insecure && matchesWildcard('80', pattern.port));
}

/** Greedy wildcard matching that goes back to the last `*` only, so that no pattern takes exponential time. */
function matchesWildcard(text: string, pattern: string): boolean {
  let at = 0;
  let inPattern = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    const symbol = pattern[inPattern];
    if (symbol === '*') {
      star = inPattern++;
      starAt = at;
    } else if (symbol === '?' || symbol === text[at]) {
      inPattern++;
      at++;
    } else if (star === -1) {
      return false;
    } else {
      inPattern = star + 1;
      at = ++starAt;
    }
  }
  return /^\**$/.test(pattern.slice(inPattern));
}

function refusalText(registry: string, patterns: readonly Pattern[]): string {
  const quoted = patterns.map(({ host, port }) => JSON.stringify(`${host}:${port}`));
  if (quoted.length === 0)
    return `registry ${JSON.stringify(registry)} not allowed by empty whitelist`;
  const hidden = quoted.length > shownPatterns ? quoted.length - shownPatterns + 1 : 0;
  const shown = quoted.slice(0, quoted.length - hidden).join(', ');
  const rest = hidden === 0 ? '' : `, and ${hidden} more ...`;
  return `registry ${JSON.stringify(registry)} not allowed by whitelist: ${shown}${rest}`;
}
