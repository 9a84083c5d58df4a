/** One identity's way to one repository: mirrors, schemes, authentication, redirects and retries around single requests. */
import type { Asker, AuthorizedResponse } from '../auth/attempts.ts';
import { anonymous } from '../auth/authorize.ts';
import type { CredentialSource } from '../auth/credential.ts';
import { pullScope, ScopeSet } from '../auth/scope.ts';
import {
  HttpStatusError,
  InvalidResponseError,
  RateLimitedError,
  UnauthorizedError,
} from '../errors/answers.ts';
import { OciError, type EarlierFailure } from '../errors/base.ts';
import { AbortedError } from '../errors/network.ts';
import type { HostConfigSource } from '../hosts/config.ts';
import { isNoTls } from '../net/failure.ts';
import { addressGuard, type AddressGuard } from '../net/guard.ts';
import type { Operation } from '../net/operation.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import { isRedirect } from '../net/redirect.ts';
import type { RawResponse } from '../net/request.ts';
import { withRetries } from '../net/retry.ts';
import { statusError } from '../net/status.ts';
import { isStranger } from '../net/stranger.ts';
import { contextOf, type Wire } from '../net/wire.ts';
import type { RepositoryName } from '../ref/reference.ts';
import { memoryKey, type Asking } from './auth-setting.ts';
import { pathOf, type Call, type Reply } from './call.ts';
import type { Core } from './core.ts';
import type { Endpoint } from './endpoint.ts';
import { follow, followFrom, SignedUrlError } from './follow.ts';
import { authorizedInGroup, groupScopes } from './group-token.ts';
import { blocked, Places } from './places.ts';

export interface SessionSetting {
  readonly core: Core;
  readonly name: RepositoryName;
  readonly credentials: CredentialSource;
  readonly hosts: HostConfigSource | undefined;
  readonly network: NetworkPolicy;
  /** Repositories of the registry that are asked for with the same credentials. */
  readonly tokenGroup?: readonly string[] | undefined;
}

const registryScopes = ScopeSet.of();

export class Session implements Asking {
  readonly core: Core;
  readonly name: RepositoryName;
  readonly credentials: CredentialSource;
  readonly #places: Places;
  readonly network: NetworkPolicy;
  readonly #tokenGroup: readonly string[] | undefined;
  #group: { readonly scopes: ScopeSet | undefined } | undefined;
  readonly #headKey: string;
  readonly #scopes = new Map<string, ScopeSet>();
  #guard: AddressGuard | undefined;
  #knownHeaders: { endpoint: Endpoint; own: Call['headers']; all: Wire['headers'] } | undefined;

  constructor({ core, name, credentials, hosts, network, tokenGroup }: SessionSetting) {
    this.#tokenGroup = tokenGroup;
    this.core = core;
    this.name = name;
    this.#headKey = `head ${name.registry}`;
    this.credentials = credentials;
    this.#places = new Places(name, network, hosts);
    this.network = network;
  }

  /**
   * Asks the mirrors in order, then the registry.
   * @throws {OciError} the last failure
   */
  async call(call: Call, operation: Operation): Promise<Reply> {
    return this.callOneOf(await this.endpoints(call.by), call, operation);
  }

  /** As `call`, where the endpoints are known already. */
  callOneOf(endpoints: readonly Endpoint[], call: Call, operation: Operation): Promise<Reply> {
    const first = endpoints[0];
    return first?.target.purpose === 'registry'
      ? this.callAt(first, call, operation)
      : this.#callInTurn(endpoints, call, operation);
  }

  async #callInTurn(
    endpoints: readonly Endpoint[],
    call: Call,
    operation: Operation,
  ): Promise<Reply> {
    const failures: EarlierFailure[] = [];
    for (const endpoint of endpoints) {
      try {
        return await this.callAt(endpoint, call, operation);
      } catch (error) {
        if (!(error instanceof OciError) || error instanceof AbortedError) throw error;
        const source = `${endpoint.name}/${endpoint.repository}`;
        if (endpoint !== endpoints.at(-1) && !operation.over) {
          failures.push({ source, failure: error });
          continue;
        }
        error.earlier = failures;
        if (endpoint.target.purpose === 'mirror') error.mirror = source;
        throw error;
      }
    }
    throw blocked(this.name.registry);
  }

  /**
   * Where the repository is asked for.
   * @throws {RegistryBlockedError} when the policy does not allow it
   */
  endpoints(by: Call['by']): readonly Endpoint[] | Promise<readonly Endpoint[]> {
    return this.#places.endpoints(by);
  }

  /** True when the registry's HEAD answers were found wrong. */
  get headUnreliable(): boolean {
    return this.core.memory.get(this.#headKey).headUnreliable === true;
  }

  learnHeadUnreliable(): void {
    this.core.memory.learn(this.#headKey, { headUnreliable: true });
  }

  /** @throws {OciError} when it fails there */
  callAt(endpoint: Endpoint, call: Call, operation: Operation): Promise<Reply> {
    let restarts = 0;
    return withRetries(
      this.core.retries,
      operation,
      (attempt) =>
        this.overSchemes(endpoint, operation, (scheme) =>
          this.#attemptOver(scheme, endpoint, call, { operation, attempt }),
        ),
      (failure) => {
        if (!(failure instanceof SignedUrlError)) return failure;
        // A signed URL that has expired is asked for anew once.
        restarts += 1;
        return failure.asServerError(restarts < 2);
      },
    );
  }

  /** New connections to where a reply came from, closed after each HEAD from now on. */
  distrust({ wire, endpoint }: Reply): void {
    this.core.transport.renew(wire);
    this.core.memory.learn(memoryKey(wire.origin, endpoint), { demoted: true });
  }

  /** https, or plain HTTP where that is configured, and where nothing else answers at hosts configured insecure. */
  overSchemes<T>(
    endpoint: Endpoint,
    operation: Operation,
    attempt: (scheme: 'https' | 'http') => Promise<T>,
  ): Promise<T> {
    const { memory } = this.core;
    const mayFallBack = endpoint.scheme === 'https-then-http';
    const isPlain =
      endpoint.scheme === 'http' || (mayFallBack && memory.get(endpoint.host).plainHttp === true);
    if (isPlain || !mayFallBack) return attempt(isPlain ? 'http' : 'https');
    return this.#withFallback(endpoint, operation, attempt);
  }

  async #withFallback<T>(
    { host }: Endpoint,
    operation: Operation,
    attempt: (scheme: 'https' | 'http') => Promise<T>,
  ): Promise<T> {
    const { memory } = this.core;
    try {
      return await attempt('https');
    } catch (error) {
      if (!isNoTls(error) || operation.over) throw error;
    }
    try {
      const result = await attempt('http');
      memory.learn(host, { plainHttp: true });
      return result;
    } catch (error) {
      // An answer, whatever it says, shows that this is how the registry speaks.
      if (error instanceof HttpStatusError) memory.learn(host, { plainHttp: true });
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
    const origin = endpoint.origins[scheme];
    const lessons = core.memory.get(memoryKey(origin, endpoint));
    const wire = this.wire(origin, endpoint, call, { attempt, demoted: lessons.demoted });
    if (lessons.challenge === null) {
      // The short way, to hosts that wanted nothing last time.
      let response = await core.transport.exchange(wire, operation);
      if (isRedirect(response.status))
        response = await followFrom(core, this.network, { first: wire, wire, operation }, response);
      if (response.status !== 401) return this.#replyOf(response, anonymous, wire, endpoint);
    }
    const { response, ...asker } = await this.#authorized(wire, endpoint, operation);
    return this.#replyOf(response, asker, wire, endpoint);
  }

  #authorized(wire: Wire, endpoint: Endpoint, operation: Operation): Promise<AuthorizedResponse> {
    const { core, network } = this;
    const scopes = this.#scopeSet(endpoint.repository);
    const departing = { wire, endpoint, operation, scopes };
    return authorizedInGroup(
      this,
      departing,
      this.#groupScopes(endpoint.repository),
      (authorization) => follow(core, network, { wire, authorization, operation }),
    );
  }

  #replyOf(response: RawResponse, asker: Asker, wire: Wire, endpoint: Endpoint): Reply {
    const { core } = this;
    const { credential, tried, credentialsRejected } = asker;
    const { status, headers, body, stream } = response;
    const lane = core.transport.lane(wire.host, wire.rate);
    if (isStranger(response, wire)) lane.strangerAnswered(core.now());
    else lane.registryAnswered();
    if (status === 200 || (status === 304 && wire.headers['if-none-match'] !== undefined)) {
      core.profiles.recognise(headers, memoryKey(wire.origin, endpoint), endpoint);
      const use = { id: credential, target: endpoint.target };
      return { status, headers, body, stream, wire, endpoint, credential: use };
    }
    const context = { ...contextOf(wire), ...this.name };
    if (status < 400 || status > 599)
      throw new InvalidResponseError(`the registry answered ${status}, which means nothing here`, {
        ...context,
        status,
      });
    const error = statusError(response, context, core.now(), endpoint.profile.pauseInText);
    if (error instanceof UnauthorizedError) {
      error.triedCredentials = tried.length;
      error.tried = tried.map((id) => ({ id, target: endpoint.target }));
      error.credentialsRejected = credentialsRejected;
    }
    // A pause that a header of 429 asks for is kept to already.
    if (error instanceof RateLimitedError && error.asked && lane.blockedUntil <= core.now())
      this.#pause(wire, error.retryAt.getTime());
    throw error;
  }

  #pause(wire: Wire, until: number): void {
    const { transport, options } = this.core;
    transport.lane(wire.host, wire.rate).block(until);
    options.onEvent?.({ type: 'paused', host: wire.host, until });
  }

  #groupScopes(repository: string): ScopeSet | undefined {
    this.#group ??= { scopes: groupScopes(repository, this.#tokenGroup) };
    return this.#group.scopes;
  }

  /** A request as it goes out, without credentials. */
  wire(
    origin: string,
    endpoint: Endpoint,
    call: Call,
    { attempt, demoted }: Pick<Wire, 'attempt' | 'demoted'>,
  ): Wire {
    return {
      origin,
      host: endpoint.host,
      path: pathOf(endpoint, call),
      method: call.method,
      headers: this.#headersOf(endpoint, call.headers),
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

  /** Questions mostly come with the same headers as the one before. */
  #headersOf(endpoint: Endpoint, own: Call['headers']): Wire['headers'] {
    const known = this.#knownHeaders;
    if (known?.endpoint === endpoint && known.own === own) return known.all;
    const all = {
      'user-agent': this.core.options.userAgent,
      'accept-encoding': 'identity',
      ...endpoint.headers,
      ...own,
    };
    this.#knownHeaders = { endpoint, own, all };
    return all;
  }

  #scopeSet(repository: string): ScopeSet {
    if (repository === '') return registryScopes;
    const known = this.#scopes.get(repository) ?? ScopeSet.of(pullScope(repository));
    this.#scopes.set(repository, known);
    return known;
  }
}
