/**
 * What is known of registries in service, by their names. Data, not code paths: an administrator's configuration wins
 * over it. "Documented" is what the vendor says, "seen" what others report of the service; none of it was tried on the
 * services themselves.
 */
import type { HostProfile } from './config.ts';

/** A registry that follows the specification. */
export const standardProfile: HostProfile = {
  tagCheck: 'head',
  headReliable: true,
  digestHeaderReliable: true,
  oauthPost: 'identity-only',
  preemptiveAuth: false,
};

interface ProfileRule {
  readonly name: string;
  /** Of the registry's host, without port. */
  readonly host: RegExp;
  readonly profile: Partial<HostProfile>;
}

/** The first rule that matches counts. */
const rules: readonly ProfileRule[] = [
  // Documented: a GET counts as a pull, a HEAD does not; `ratelimit-*` headers. Seen: an address that sends thousands of
  // requests a minute is refused, whatever they are. Assumed: the rate.
  {
    name: 'Docker Hub',
    host: /^(?:(?:index\.|registry-1\.)?docker\.io)$/u,
    profile: { ratePerSecond: 10, burst: 10 },
  },
  // Seen, for nothing is documented: "retry-after: 10.3ms, allowed: 2000/minute" in the text of a 429, and a 429 after ten
  // questions within three milliseconds.
  {
    name: 'GitHub',
    host: /^ghcr\.io$/u,
    profile: { ratePerSecond: 30, burst: 5, pauseInText: /\bretry-after: ?([^\s,;]{1,32})/iu },
  },
  // Documented: "a few requests per second per address and endpoint" with bursts (Red Hat 6218921).
  { name: 'Quay', host: /^quay\.io$/u, profile: { ratePerSecond: 3, burst: 10 } },
  // Documented: Basic with a password of 12 hours; at most 1,000 tags a page. Seen: 100 a page when nothing is said; the
  // digest stands on HEAD and not on GET.
  {
    name: 'Amazon ECR',
    host: /^\d+\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/u,
    profile: { preemptiveAuth: true, tagPageSize: 1000 },
  },
  // Seen: the next page is asked for by an opaque cursor.
  { name: 'Amazon ECR Public', host: /^public\.ecr\.aws$/u, profile: {} },
  // Documented: 50,000 requests in 10 minutes for each address. Seen: the token server answers 404 to POST.
  {
    name: 'Google Container Registry',
    host: /^(?:[a-z]+\.)?gcr\.io$/u,
    profile: { oauthPost: 'never', ratePerSecond: 80 },
  },
  // Documented: 60,000 requests a minute for a project, more than is ever asked.
  {
    name: 'Google Artifact Registry',
    host: /^[a-z0-9-]+-docker\.pkg\.dev$/u,
    profile: { oauthPost: 'never' },
  },
  // Documented: 1,000 reads a minute in the smallest tier; a HEAD is one.
  { name: 'Azure', host: /^[a-z0-9]+\.azurecr\.(?:io|cn|us)$/u, profile: { ratePerSecond: 16 } },
  { name: 'GitLab', host: /^registry\.gitlab\.com$/u, profile: { tagCheck: 'conditional-get' } },
  {
    name: 'Red Hat',
    host: /^registry\.(?:access\.)?redhat\.(?:com|io)$/u,
    profile: {},
  },
  // Seen: the token server answers 401 to POST.
  { name: 'Artifactory', host: /(?:^|\.)jfrog\.io$/u, profile: { oauthPost: 'never' } },
];

const byHost = new Map<string, Partial<HostProfile> | undefined>();
const maxCached = 4096;

/** What is known of a registry by its name, `host[:port]`; undefined when nothing is. */
export function namedProfile(registry: string): Partial<HostProfile> | undefined {
  if (byHost.has(registry)) return byHost.get(registry);
  const host = registry.replace(/:\d+$/u, '');
  const profile = rules.find((rule) => rule.host.test(host))?.profile;
  if (byHost.size >= maxCached) byHost.clear();
  byHost.set(registry, profile);
  return profile;
}
