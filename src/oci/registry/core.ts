/** What all identities of a client share: connections, lanes, tokens by credential, lessons about hosts. */
import { credentialFingerprint } from '../auth/credential.ts';
import { TokenCache, type TokenKey } from '../auth/cache.ts';
import type { WantedToken } from '../auth/setting.ts';
import { fetchToken, type Token, type TokenRequest } from '../auth/token.ts';
import { emptyStats, type RequestStats } from '../content/types.ts';
import { ServerError } from '../errors/answers.ts';
import { TokenError } from '../errors/auth.ts';
import type { HostProfile, TlsConfig } from '../hosts/config.ts';
import { LearnedProfiles } from '../hosts/learned.ts';
import { HostMemory } from '../hosts/memory.ts';
import { addressGuard } from '../net/guard.ts';
import { defaultLaneOptions, defaultRetryPolicy, type RetryPolicy } from '../net/lane-options.ts';
import { defaultLimits, type Limits } from '../net/limits.ts';
import { Operation } from '../net/operation.ts';
import type { NetworkPolicy, ProxySettings } from '../net/policy.ts';
import type { RawResponse } from '../net/request.ts';
import { isTemporaryStatus, leaveAlone, withRetries, type RetryContext } from '../net/retry.ts';
import { statusError } from '../net/status.ts';
import { Transport } from '../net/transport.ts';
import { contextOf, type Wire } from '../net/wire.ts';
import type { ClientOptions } from './options.ts';

/** Where a token is asked for, and by what rules. */
export interface TokenSetting {
  readonly origin: string;
  readonly policy: NetworkPolicy;
  /** The registry's own, for a token server on the same host. */
  readonly tls?: TlsConfig;
  readonly proxy: ProxySettings | undefined;
  readonly profile: HostProfile;
  /** Whether the registry itself has a private address, so that its token server may have one. */
  readonly isPrivate: boolean;
}

/** A token server is asked at most so often for one token. */
const tokenAttempts = 2;
const maxWinners = 10_000;

export class Core {
  readonly options: ClientOptions;
  readonly limits: Limits;
  readonly retry: RetryPolicy;
  readonly retries: RetryContext;
  readonly transport: Transport;
  readonly memory: HostMemory;
  readonly profiles: LearnedProfiles;
  readonly tokens: TokenCache;
  readonly now: () => number;
  readonly #winners = new Map<string, string>();

  constructor(options: ClientOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.limits = { ...defaultLimits, ...options.limits };
    this.retry = { ...defaultRetryPolicy, ...options.retry };
    this.retries = { policy: this.retry, now: this.now, random: options.random ?? Math.random };
    this.memory = new HostMemory(this.now, options.lessons);
    this.profiles = new LearnedProfiles(this.memory);
    this.tokens = new TokenCache(this.now);
    this.transport = new Transport({
      limits: this.limits,
      retry: this.retry,
      lanes: { ...defaultLaneOptions, ...options.lanes },
      onEvent: options.onEvent,
      shared: options.shared,
      now: this.now,
    });
  }

  winner(key: string): string | undefined {
    return this.#winners.get(key);
  }

  setWinner(key: string, id: string): void {
    this.#winners.delete(key);
    this.#winners.set(key, id);
    const [oldest] = this.#winners.keys();
    if (this.#winners.size > maxWinners && oldest !== undefined) this.#winners.delete(oldest);
  }

  /** A token from memory or from its server. */
  async token(
    wanted: WantedToken,
    setting: TokenSetting,
    operation: Operation,
  ): Promise<{ value: string; cached: boolean }> {
    const key = tokenKey(wanted, setting.origin);
    const known = this.tokens.get(key);
    if (known !== undefined) return { value: known, cached: true };
    const value = await this.tokens.obtain(
      key,
      async (signal) => this.#ask(wanted, setting, { signal, stats: operation.stats }),
      async (promise) => operation.wait(promise),
    );
    return { value, cached: false };
  }

  /** Forgets a token that was refused. */
  dropToken(wanted: WantedToken, origin: string, value: string): void {
    this.tokens.drop(tokenKey(wanted, origin), value);
  }

  async #ask(
    wanted: WantedToken,
    setting: TokenSetting,
    { signal, stats }: { signal: AbortSignal; stats: RequestStats },
  ): Promise<Token> {
    // Others may wait for this token too, so it has a deadline of its own.
    const own = emptyStats();
    const operation = new Operation({ signal, stats: own }, this.limits);
    try {
      return await fetchToken(
        {
          realm: wanted.realm,
          service: wanted.service,
          scopes: wanted.scopes.toArray(),
          credential: wanted.candidate.credential,
          oauthPost: setting.profile.oauthPost,
          clientId: 'oci-client-ts',
        },
        async (request) => this.#askOnce(request, wanted, setting, operation),
      );
    } finally {
      stats.tokenRequests += own.tokenRequests;
      stats.waitedMs += own.waitedMs;
    }
  }

  async #askOnce(
    request: TokenRequest,
    wanted: WantedToken,
    setting: TokenSetting,
    operation: Operation,
  ): Promise<RawResponse> {
    const { url } = request;
    const { policy, tls, origin } = setting;
    const sameHost = url.hostname === new URL(origin).hostname;
    const wire: Wire = {
      origin: url.origin,
      host: url.host,
      path: url.pathname + url.search,
      method: request.method,
      headers: {
        ...request.headers,
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': this.options.userAgent,
      },
      ...(request.body !== undefined && { body: request.body }),
      guard: addressGuard(policy, sameHost || setting.isPrivate),
      ...(sameHost && tls !== undefined && { tls }),
      proxy: sameHost ? setting.proxy : policy.proxy,
      limit: { name: 'tokenBytes', bytes: this.limits.tokenBytes },
      attempt: 1,
      kind: 'token',
    };
    const started = performance.now();
    let status = 0;
    try {
      return await withRetries(
        {
          ...this.retries,
          policy: { ...this.retry, attempts: Math.min(tokenAttempts, this.retry.attempts) },
        },
        operation,
        async (attempt) => {
          const response = await this.transport.exchange({ ...wire, attempt }, operation);
          ({ status } = response);
          if (isTemporaryStatus(status)) throw statusError(response, contextOf(wire), this.now());
          return response;
        },
      );
    } catch (error) {
      if (!(error instanceof ServerError)) throw error;
      throw finalTokenError(error);
    } finally {
      this.options.onEvent?.({
        type: 'token',
        realmHost: url.host,
        ...(wanted.service !== undefined && { service: wanted.service }),
        scopes: wanted.scopes.toArray(),
        ms: performance.now() - started,
        status,
        anonymous: wanted.candidate.credential.kind === 'anonymous',
      });
    }
  }
}

/** The token server has been asked again already. */
function finalTokenError({ status, context }: ServerError): TokenError {
  const error = new TokenError(`the token server answered ${status}`, { status }, context);
  leaveAlone(error);
  return error;
}

function tokenKey({ realm, service, scopes, candidate }: WantedToken, origin: string): TokenKey {
  return {
    origin,
    realm: realm.href,
    service: service ?? '',
    scope: scopes.key(),
    credential: credentialFingerprint(candidate.credential),
  };
}
