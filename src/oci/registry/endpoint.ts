import type { CredentialTarget } from '../auth/credential.ts';
import type { HostConfig, HostProfile, MirrorConfig, Scheme, TlsConfig } from '../hosts/config.ts';
import type { Profiled } from '../hosts/learned.ts';
import { namedProfile, standardProfile } from '../hosts/profiles.ts';
import type { ProxySettings } from '../net/policy.ts';
import { endpointHost, isRepository, parseRegistry } from '../ref/reference.ts';
import { InvalidReferenceError } from '../errors/content.ts';

/** A place where a repository can be asked for. */
export interface Endpoint extends Profiled {
  /** As references and credentials name it: `docker.io`, or a mirror's `host[:port]`. */
  readonly name: string;
  /** `host[:port]` to connect to. */
  readonly host: string;
  readonly scheme: Scheme;
  /** Made once: keys of maps are found faster when they are the same string. */
  readonly origins: { readonly http: string; readonly https: string };
  readonly pathPrefix: string;
  readonly repository: string;
  /** Who credentials are asked for. */
  readonly target: CredentialTarget;
  readonly tls?: TlsConfig;
  readonly proxy?: ProxySettings;
  readonly headers?: Readonly<Record<string, string>>;
  /** Value of `ns`, for mirrors that serve several registries. */
  readonly ns?: string;
}

/** The mirrors that may be asked, in order, and the registry itself. */
export function endpointsOf(
  registry: string,
  repository: string,
  config: HostConfig,
  by: 'tag' | 'digest' | 'list',
): Endpoint[] {
  // Lists are the registry's own: a mirror has only what was asked of it.
  const mirrors = by === 'list' ? [] : (config.mirrors ?? []);
  const usable = mirrors.filter(
    ({ pullFromMirror }) => pullFromMirror === 'all' || pullFromMirror === `${by}-only`,
  );
  return [
    ...usable.map((mirror) => mirrorEndpoint(mirror, registry, repository)),
    ...(config.neverContactSource === true ? [] : [sourceEndpoint(registry, repository, config)]),
  ];
}

function sourceEndpoint(registry: string, repository: string, config: HostConfig): Endpoint {
  const { endpoint, scheme = 'https', pathPrefix = '', tls, proxy, headers, profile } = config;
  const host = endpoint === undefined ? endpointHost(registry) : parseRegistry(endpoint);
  return {
    name: registry,
    host,
    origins: originsOf(host),
    scheme,
    pathPrefix,
    repository,
    target: targetOf(registry, repository, 'registry'),
    ...profilesOf(registry, `${host}${pathPrefix}`, profile),
    ...(tls !== undefined && { tls }),
    ...(proxy !== undefined && { proxy }),
    ...(headers !== undefined && { headers }),
  };
}

function profilesOf(
  registry: string,
  place: string,
  configured: Partial<HostProfile> = {},
): Profiled {
  const named = namedProfile(registry);
  return {
    profile: { ...standardProfile, ...named, ...configured },
    configured: named === undefined ? configured : undefined,
    softwareKey: `software ${place}`,
  };
}

function targetOf(
  registry: string,
  repository: string,
  purpose: CredentialTarget['purpose'],
): CredentialTarget {
  return { registry, purpose, ...(repository !== '' && { repository }) };
}

function originsOf(host: string): Endpoint['origins'] {
  return { http: `http://${host}`, https: `https://${host}` };
}

function mirrorEndpoint(mirror: MirrorConfig, registry: string, repository: string): Endpoint {
  const name = parseRegistry(mirror.endpoint);
  const path = mirror.repository ?? repository;
  if (!isRepository(path))
    throw new InvalidReferenceError(`the mirror ${name} has an invalid repository`);
  const host = endpointHost(name);
  const { scheme = 'https', pathPrefix = '' } = mirror;
  return {
    name,
    host,
    origins: originsOf(host),
    scheme,
    pathPrefix,
    repository: path,
    target: targetOf(name, path, 'mirror'),
    ...profilesOf(name, `${host}${pathPrefix}`),
    ...(mirror.tls !== undefined && { tls: mirror.tls }),
    ...(mirror.proxy !== undefined && { proxy: mirror.proxy }),
    ...(mirror.sendNs === true && { ns: registry }),
  };
}
