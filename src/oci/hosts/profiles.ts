/** What is known of registries in service. Data, not code paths: an administrator's configuration wins over it. */
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
  // A GET counts as a pull, a HEAD does not; anonymous clients are throttled by address.
  {
    name: 'Docker Hub',
    host: /^(?:(?:index\.|registry-1\.)?docker\.io)$/u,
    profile: { tagCheck: 'head', ratePerSecond: 10, burst: 10 },
  },
  { name: 'GitHub', host: /^ghcr\.io$/u, profile: { tagCheck: 'head' } },
  // "A few requests per second per address and endpoint" with bursts (Red Hat 6218921).
  { name: 'Quay', host: /^quay\.io$/u, profile: { ratePerSecond: 3, burst: 10 } },
  // Basic with a password of 12 hours; the digest stands on HEAD and not on GET.
  {
    name: 'Amazon ECR',
    host: /^\d+\.dkr\.ecr(?:-fips)?\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?$/u,
    profile: { preemptiveAuth: true },
  },
  { name: 'Amazon ECR Public', host: /^public\.ecr\.aws$/u, profile: {} },
  {
    name: 'Google',
    host: /^(?:(?:[a-z]+\.)?gcr\.io|[a-z0-9-]+-docker\.pkg\.dev)$/u,
    profile: { oauthPost: 'never' },
  },
  { name: 'Azure', host: /^[a-z0-9]+\.azurecr\.(?:io|cn|us)$/u, profile: {} },
  { name: 'GitLab', host: /^registry\.gitlab\.com$/u, profile: {} },
  {
    name: 'Red Hat',
    host: /^registry\.(?:access\.)?redhat\.(?:com|io)$/u,
    profile: {},
  },
  { name: 'Artifactory', host: /(?:^|\.)jfrog\.io$/u, profile: { oauthPost: 'never' } },
];

const byHost = new Map<string, HostProfile>();
const maxCached = 4096;

/** The profile of a registry by its name, `host[:port]`. */
export function profileOf(registry: string): HostProfile {
  const known = byHost.get(registry);
  if (known !== undefined) return known;
  const host = registry.replace(/:\d+$/u, '');
  const rule = rules.find((candidate) => candidate.host.test(host));
  const profile = rule === undefined ? standardProfile : { ...standardProfile, ...rule.profile };
  if (byHost.size >= maxCached) byHost.clear();
  byHost.set(registry, profile);
  return profile;
}
