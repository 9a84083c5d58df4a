/**
 * What is known of registries that people run under names of their own, by how they answer. That own registries answer 304
 * to `If-None-Match`, and at less cost than a HEAD, was measured with registry:2; that Harbor and GitLab do, being built on
 * it, and by what each is recognised, is assumed.
 */
import type { IncomingHttpHeaders } from 'node:http';

import type { Challenge } from '../auth/challenge.ts';
import type { HostProfile } from './config.ts';

/** What answers may change: a lane's rate is there before the first of them. */
type SoftwareProfile = Partial<Pick<HostProfile, 'tagCheck' | 'headReliable' | 'oauthPost'>>;

interface SoftwareRule {
  readonly name: string;
  /** In every answer. */
  readonly header?: readonly [name: string, value: RegExp];
  /** Of its challenge. */
  readonly service?: string;
  readonly profile: SoftwareProfile;
}

/** The first rule that matches counts: most call themselves registry/2.0 besides. */
const rules: readonly SoftwareRule[] = [
  // Seen: its token server answers 401 to POST, and its HEAD is sometimes wrong.
  {
    name: 'Artifactory',
    header: ['x-jfrog-version', /^Artifactory\//u],
    profile: { oauthPost: 'never' },
  },
  // Seen: HEAD of a tag that is there is answered 404, which is found out by a GET.
  { name: 'Nexus', header: ['server', /^Nexus\//u], profile: {} },
  { name: 'Harbor', service: 'harbor-registry', profile: { tagCheck: 'conditional-get' } },
  { name: 'GitLab', service: 'container_registry', profile: { tagCheck: 'conditional-get' } },
  {
    name: 'registry:2',
    header: ['docker-distribution-api-version', /^registry\/2\.0$/u],
    profile: { tagCheck: 'conditional-get' },
  },
];

/** Name of the software that gave this answer, after this challenge; undefined when nothing is known of it. */
export function softwareOf(
  headers: IncomingHttpHeaders,
  challenge: Challenge | null | undefined,
): string | undefined {
  return rules.find(({ header, service }) =>
    header === undefined
      ? challenge?.params['service'] === service
      : header[1].test(String(headers[header[0]] ?? '')),
  )?.name;
}

/** What is known of a software; nothing of undefined. */
export function softwareProfile(name: string | undefined): SoftwareProfile | undefined {
  return rules.find((rule) => rule.name === name)?.profile;
}
