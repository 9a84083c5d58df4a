/** One identity's way to one repository: mirrors, schemes, authentication, redirects and retries around single requests. */
import type { AuthorizedResponse } from '../auth/attempts.ts';
import { anonymously, authorized } from '../auth/authorize.ts';
import type { CredentialSource } from '../auth/credential.ts';
import { pullScope, ScopeSet } from '../auth/scope.ts';
import {
  AbortedError,
  HttpStatusError,
  InvalidResponseError,
  RateLimitedError,
  RegistryBlockedError,
  UnauthorizedError,
  type ErrorContext,
} from '../errors.ts';
import type { HostConfig, HostConfigSource, HostProfile } from '../hosts/config.ts';
import { standardProfile } from '../hosts/profiles.ts';
import { isNoTls } from '../net/failure.ts';
import { addressGuard, type AddressGuard } from '../net/guard.ts';
import type { Operation } from '../net/operation.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import { withRetries } from '../net/retry.ts';
import { statusError } from '../net/status.ts';
import { isStranger } from '../net/stranger.ts';
import { contextOf, type Wire } from '../net/transport.ts';
import type { RepositoryName } from '../ref/reference.ts';
import { authSettingOf, memoryKey, type Asking } from './auth-setting.ts';
import type { Call, Reply } from './call.ts';
import type { Core } from './core.ts';
import { endpointsOf, type Endpoint } from './endpoint.ts';
import { follow, SignedUrlError } from './follow.ts';

export interface SessionSetting {
  readonly core: Core;
  readonly name: RepositoryName;
  readonly credentials: CredentialSource;
  readonly hosts: HostConfigSource | undefined;
  readonly network: NetworkPolicy;
}

const noConfig: HostConfig = {};
const registryScopes = ScopeSet.of();

export class Session implements Asking {
  readonly core: Core;
  readonly name: RepositoryName;
  readonly credentials: CredentialSource;
  readonly #hosts: HostConfigSource | undefined;
  readonly network: NetworkPolicy;
  readonly #headKey: string;
  readonly #scopes = new Map<string, ScopeSet>();
  /** Without configuration there is one endpoint, for ever the same. */
  #guard: AddressGuard | undefined;
  /** By configuration and kind of question; configurations rarely change. */
  #known: { config: HostConfig; by: Call['by']; endpoints: readonly Endpoint[] } | undefined;
  #onlyEndpoints: readonly Endpoint[] | undefined;

  constructor({ core, name, credentials, hosts, network }: SessionSetting) {
    this.core = core;
    this.name = name;
    this.#headKey = `head ${name.registry}`;
    this.credentials = credentials;
    this.#hosts = hosts;
    this.network = network;
  }

  /**
   * Asks the mirrors in order, then the registry.
   * @throws {OciError} the last failure
   */
  async call(call: Call, operation: Operation): Promise<Reply> {
    const endpoints = await this.endpoints(call.by);
    let failure: unknown;
    for (const endpoint of endpoints) {
      try {
        return await this.callAt(endpoint, call, operation);
      } catch (error) {
        if (error instanceof AbortedError || operation.over) throw error;
        failure = error;
      }
    }
    throw failure;
  }

  /**
   * Where the repository is asked for.
   * @throws {RegistryBlockedError} when the policy does not allow it
   */
  async endpoints(by: Call['by']): Promise<readonly Endpoint[]> {
    const { registry, repository } = this.name;
    if (this.network.allowRegistry?.(registry) === false) throw blocked(registry);
    if (this.#hosts === undefined)
      return (this.#onlyEndpoints ??= endpointsOf(registry, repository, noConfig, by));
    const found = this.#hosts.lookup(registry, repository);
    const config = found instanceof Promise ? await found : found;
    if (config.blocked === true) throw blocked(registry);
    if (this.#known?.config === config && this.#known.by === by) return this.#known.endpoints;
    const endpoints = endpointsOf(registry, repository, config, by);
    if (endpoints.length === 0) throw blocked(registry);
    this.#known = { config, by, endpoints };
    return endpoints;
  }

  /** What is known of the registry itself. */
  async profile(): Promise<HostProfile> {
    const endpoints = await this.endpoints('tag');
    return endpoints.at(-1)?.profile ?? standardProfile;
  }

  /** True when the registry's HEAD answers were found wrong. */
  get headUnreliable(): boolean {
    return this.core.memory.get(this.#headKey).headUnreliable === true;
  }

  learnHeadUnreliable(): void {
    this.core.memory.learn(this.#headKey, { headUnreliable: true });
  }

  /** @throws {OciError} when it fails there */
  async callAt(endpoint: Endpoint, call: Call, operation: Operation): Promise<Reply> {
    const { retry, now, random } = this.core;
    let restarts = 0;
    return withRetries({ policy: retry, operation, now, random }, async (attempt) => {
      try {
        return await this.overSchemes(endpoint, operation, async (scheme) =>
          this.#attemptOver(scheme, endpoint, call, { operation, attempt }),
        );
      } catch (error) {
        // A signed URL that has expired is asked for anew once.
        if (error instanceof SignedUrlError) {
          restarts += 1;
          throw error.asServerError(restarts < 2);
        }
        throw error;
      }
    });
  }

  /** New connections to where a reply came from, closed after each HEAD from now on. */
  distrust({ wire, endpoint }: Reply): void {
    this.core.transport.renew(wire);
    this.core.memory.learn(memoryKey(wire.origin, endpoint), { demoted: true });
  }

  /** https, or plain HTTP where that is configured, and where nothing else answers at hosts configured insecure. */
  async overSchemes<T>(
    endpoint: Endpoint,
    operation: Operation,
    attempt: (scheme: 'https' | 'http') => Promise<T>,
  ): Promise<T> {
    const { memory } = this.core;
    const mayFallBack = endpoint.scheme === 'https-then-http';
    const isPlain =
      endpoint.scheme === 'http' || (mayFallBack && memory.get(endpoint.host).plainHttp === true);
    if (isPlain) return attempt('http');
    try {
      return await attempt('https');
    } catch (error) {
      if (!mayFallBack || !isNoTls(error) || operation.over) throw error;
    }
    try {
      const result = await attempt('http');
      memory.learn(endpoint.host, { plainHttp: true });
      return result;
    } catch (error) {
      // An answer, whatever it says, shows that this is how the registry speaks.
      if (error instanceof HttpStatusError) memory.learn(endpoint.host, { plainHttp: true });
      throw error;
    }
  }

  async #attemptOver(
    scheme: 'https' | 'http',
    endpoint: Endpoint,
    call: Call,
    { operation, attempt }: { readonly operation: Operation; readonly attempt: number },
  ): Promise<Reply> {
    const { core } = this;
    const wire = this.wire(endpoint.origins[scheme], endpoint, call, attempt);
    const { response, credential, tried, credentialsRejected } =
      (await this.#anonymously(wire, endpoint, operation)) ??
      (await authorized(
        authSettingOf(this, {
          wire,
          endpoint,
          operation,
          scopes: this.#scopeSet(endpoint.repository),
        }),
        async (authorization) => follow(core, this.network, { wire, authorization, operation }),
      ));
    const { status } = response;
    const lane = core.transport.lane(wire.host, wire.rate);
    if (isStranger(response, wire)) lane.strangerAnswered(core.now());
    else lane.registryAnswered();
    if (status === 200 || (status === 304 && call.headers?.['if-none-match'] !== undefined))
      return {
        ...response,
        wire,
        endpoint,
        credential: { id: credential, target: endpoint.target },
      };
    if (status < 400 || status > 599)
      throw new InvalidResponseError(`the registry answered ${status}, which means nothing here`, {
        ...contextOf(wire),
        ...this.#names(),
        status,
      });
    const error = statusError(response, { ...contextOf(wire), ...this.#names() }, core.now());
    if (error instanceof UnauthorizedError) {
      error.triedCredentials = tried.length;
      error.tried = tried.map((id) => ({ id, target: endpoint.target }));
      error.credentialsRejected = credentialsRejected;
    }
    if (error instanceof RateLimitedError && error.asked) lane.block(error.retryAt.getTime());
    throw error;
  }

  /** The short way, to hosts that wanted nothing last time; undefined when this one does. */
  async #anonymously(
    wire: Wire,
    endpoint: Endpoint,
    operation: Operation,
  ): Promise<AuthorizedResponse | undefined> {
    const key = memoryKey(wire.origin, endpoint);
    if (this.core.memory.get(key).challenge !== null) return undefined;
    const departure = { wire, authorization: undefined, operation };
    const response = await follow(this.core, this.network, departure);
    return response.status === 401 ? undefined : anonymously(response);
  }

  /** A request as it goes out, without credentials. */
  wire(origin: string, endpoint: Endpoint, call: Call, attempt: number): Wire {
    const { core } = this;
    const demoted = core.memory.get(memoryKey(origin, endpoint)).demoted === true;
    return {
      origin,
      host: endpoint.host,
      path: pathOf(endpoint, call),
      method: call.method,
      headers: {
        'user-agent': core.options.userAgent,
        'accept-encoding': 'identity',
        ...endpoint.headers,
        ...call.headers,
      },
      guard: (this.#guard ??= addressGuard(this.network, true)),
      tls: endpoint.tls,
      proxy: endpoint.proxy ?? this.network.proxy,
      limit: call.limit,
      stream: call.stream,
      attempt,
      demoted,
      kind: 'registry',
      rate: endpoint.profile,
    };
  }

  #scopeSet(repository: string): ScopeSet {
    if (repository === '') return registryScopes;
    const known = this.#scopes.get(repository) ?? ScopeSet.of(pullScope(repository));
    this.#scopes.set(repository, known);
    return known;
  }

  #names(): ErrorContext {
    return this.name;
  }
}

function pathOf({ pathPrefix, repository, ns }: Endpoint, call: Call): string {
  if (call.fullPath !== undefined) return call.fullPath;
  const path =
    repository === '' ? `${pathPrefix}/v2/` : `${pathPrefix}/v2/${repository}/${call.path}`;
  if (ns === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}ns=${encodeURIComponent(ns)}`;
}

function blocked(registry: string): RegistryBlockedError {
  return new RegistryBlockedError(`registry ${registry} blocked`, { registry });
}
