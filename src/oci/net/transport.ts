/** The way to hosts that all identities share: connections, lanes, and what is told about every request. */
import { isIP } from 'node:net';

import {
  AddressRejectedError,
  ConnectionLostError,
  HostPausedError,
  OciError,
  RateLimitedError,
  TimeoutError,
  type ErrorContext,
} from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { TlsConfig } from '../hosts/config.ts';
import { redactUrl } from '../text.ts';
import type { ByteLimit } from './body.ts';
import { Deadlines } from './deadlines.ts';
import { Pools, type PoolEntry, type PoolKey } from './dispatcher.ts';
import type { AddressGuard } from './guard.ts';
import type { LaneOptions, RetryPolicy } from './lane-options.ts';
import { Lane } from './lane.ts';
import type { Limits } from './limits.ts';
import type { Operation } from './operation.ts';
import type { ProxySettings } from './policy.ts';
import { proxyFor } from './proxy.ts';
import { rateInfo } from './rate.ts';
import { leaveAlone } from './retry.ts';
import { send, type RawRequest, type RawResponse } from './request.ts';

export interface TransportSettings {
  readonly limits: Limits;
  readonly retry: RetryPolicy;
  readonly lanes: LaneOptions;
  readonly onEvent: EventListener | undefined;
  readonly now: () => number;
}

/** One request, as it goes out. */
export interface Wire {
  /** `https://host[:port]`. */
  readonly origin: string;
  /** `host[:port]`: the lane, and what errors name. */
  readonly host: string;
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | undefined;
  readonly guard: AddressGuard;
  readonly tls?: TlsConfig | undefined;
  readonly proxy?: ProxySettings | undefined;
  readonly limit: ByteLimit;
  readonly stream?: boolean | undefined;
  readonly attempt: number;
  /** Closes the connection after a HEAD. */
  readonly demoted?: boolean | undefined;
  readonly kind: 'registry' | 'token';
  /** What the host's profile says about its rate. */
  readonly rate?: { readonly ratePerSecond?: number; readonly burst?: number } | undefined;
}

/** What the last request to an origin went through. */
interface Recent extends Pick<Wire, 'guard' | 'tls' | 'proxy'> {
  readonly pool: PoolEntry;
  readonly generation: number;
}

/** More than a process ever asks at a time; unused lanes beyond are forgotten. */
const maxLanes = 2048;

export class Transport {
  readonly settings: TransportSettings;
  readonly #pools: Pools;
  readonly #lanes = new Map<string, Lane>();
  readonly #deadlines = new Deadlines();
  readonly #recent = new Map<string, Recent>();

  constructor(settings: TransportSettings) {
    this.settings = settings;
    const { limits, lanes } = settings;
    this.#pools = new Pools((origin) => {
      const host = new URL(origin).host;
      const options = { ...lanes, ...lanes.perHost?.[host] };
      return {
        connections: options.connectionsPerOrigin,
        idleMs: options.idleMs,
        connectMs: limits.connectMs,
        headersMs: limits.headersMs,
        bodyIdleMs: limits.bodyIdleMs,
        http2: options.http2 === 'auto',
      };
    });
  }

  /** The lane of a host. */
  lane(host: string, rate: Wire['rate'] = {}): Lane {
    const known = this.#lanes.get(host);
    if (known !== undefined) return known;
    const { perHost, ...common } = this.settings.lanes;
    const lane = new Lane({ ...rate, ...common, ...perHost?.[host] });
    if (this.#lanes.size >= maxLanes) this.#forgetIdleLanes();
    this.#lanes.set(host, lane);
    return lane;
  }

  /** True when the last connection of these settings went to a loopback or private address. */
  isPrivate(wire: Wire): boolean {
    return this.#poolOf(wire).privatePeer;
  }

  /** New connections from now on. */
  renew(wire: Wire): void {
    this.#pools.drop(poolKey(wire));
  }

  /**
   * Sends one request when it is its host's turn.
   * @throws {OciError} when there is no answer
   */
  async exchange(wire: Wire, operation: Operation): Promise<RawResponse> {
    operation.begin();
    const lane = this.lane(wire.host, wire.rate);
    await this.#waitForBlock(lane, wire, operation);
    return lane.run(operation, async () => {
      operation.throwIfOver();
      return this.#timed(wire, operation, lane);
    });
  }

  /** Keys of pools are long to make: the last one of an origin is mostly the next one too. */
  #poolOf(wire: Wire): PoolEntry {
    const { origin, guard, tls, proxy } = wire;
    const recent = this.#recent.get(origin);
    const isSame =
      recent?.generation === this.#pools.generation &&
      recent.guard === guard &&
      recent.tls === tls &&
      recent.proxy === proxy;
    if (isSame) return recent.pool;
    const key = poolKey(wire);
    if (key.proxy !== undefined) checkLiteral(wire);
    const pool = this.#pools.get(key);
    const { generation } = this.#pools;
    if (this.#recent.size >= maxLanes) this.#recent.clear();
    this.#recent.set(origin, { generation, guard, tls, proxy, pool });
    return pool;
  }

  async close(): Promise<void> {
    await this.#pools.close();
    this.#deadlines.close();
  }

  /** A host that asked for a pause gets it from everyone in the process. */
  async #waitForBlock(lane: Lane, wire: Wire, operation: Operation): Promise<void> {
    const { now, retry } = this.settings;
    const waitMs = lane.blockedUntil - now();
    if (waitMs <= 0) return;
    if (waitMs > retry.retryAfterMaxInlineMs || waitMs >= operation.remainingMs)
      throw pausedError(lane, contextOf(wire));
    await operation.sleep(waitMs);
  }

  async #timed(wire: Wire, operation: Operation, lane: Lane): Promise<RawResponse> {
    const pool = this.#poolOf(wire);
    const started = performance.now();
    const { opened } = pool;
    try {
      const response = await this.#sendOnce(wire, operation, pool);
      pool.served += 1;
      const ms = performance.now() - started;
      lane.answered(ms);
      operation.stats.bytes += response.body.length;
      this.#tell(wire, { ms, reused: pool.opened === opened }, response);
      return response;
    } catch (error) {
      const ms = performance.now() - started;
      this.#tell(wire, { ms, reused: pool.opened === opened }, error);
      throw error;
    }
  }

  /** A server may close an idle connection at the moment it is used: that costs no attempt and no wait. */
  async #sendOnce(wire: Wire, operation: Operation, pool: PoolEntry): Promise<RawResponse> {
    const { served } = pool;
    try {
      return await this.#send(wire, operation, pool);
    } catch (error) {
      const isStale = error instanceof ConnectionLostError && served > 0 && wire.attempt === 1;
      if (!isStale || operation.over) throw error;
      return await this.#send(wire, operation, pool);
    }
  }

  async #send(wire: Wire, operation: Operation, pool: PoolEntry): Promise<RawResponse> {
    const { limits } = this.settings;
    const { remainingMs, stats } = operation;
    if (wire.kind === 'token') stats.tokenRequests += 1;
    else stats.requests += 1;
    const isLast = remainingMs < limits.requestMs || wire.stream === true;
    const request = requestOf(wire, {
      limits,
      deadlines: this.#deadlines,
      timeoutMs: isLast ? remainingMs : limits.requestMs,
      // A connection that several origins share could hand one's late body to another.
      keepAfterHead: wire.demoted !== true && pool.exclusive,
    });
    try {
      return await send(pool.dispatcher, request, (listener) => operation.onAbort(listener));
    } catch (error) {
      if (isLast && error instanceof TimeoutError && error.phase === 'request')
        throw new TimeoutError('operation', error.context);
      throw error;
    }
  }

  #tell(
    wire: Wire,
    { ms, reused }: { readonly ms: number; readonly reused: boolean },
    outcome: unknown,
  ): void {
    const { onEvent } = this.settings;
    if (onEvent === undefined) return;
    const { method, attempt, host } = wire;
    const url = redactUrl(wire.origin + wire.path);
    const common = { type: 'request', method, url, ms, attempt, host, reused } as const;
    if (outcome instanceof Error) {
      onEvent({ ...common, error: outcome instanceof OciError ? outcome.code : outcome.name });
      return;
    }
    const response = outcome as RawResponse;
    onEvent({ ...common, status: response.status });
    const rate = rateInfo(response.headers);
    if (rate !== undefined) onEvent({ type: 'rate', host, rate });
  }

  #forgetIdleLanes(): void {
    const now = this.settings.now();
    for (const [host, lane] of this.#lanes) if (lane.idle(now)) this.#lanes.delete(host);
  }
}

function requestOf(
  wire: Wire,
  options: {
    readonly limits: Limits;
    readonly deadlines: Deadlines;
    readonly timeoutMs: number;
    readonly keepAfterHead: boolean;
  },
): RawRequest {
  const { origin, path, method, headers, body, limit, stream } = wire;
  return {
    origin,
    path,
    method,
    headers,
    limit,
    body,
    stream,
    reset: method === 'HEAD' && options.keepAfterHead ? false : undefined,
    timeoutMs: options.timeoutMs,
    deadlines: options.deadlines,
    errorBytes: options.limits.errorBytes,
    context: () => contextOf(wire),
  };
}

/** Where and what, for errors. */
export function contextOf({ method, origin, path, host, attempt }: Wire): ErrorContext {
  return { method, url: redactUrl(origin + path), host, attempts: attempt };
}

function poolKey(wire: Wire): PoolKey {
  const { origin, tls, guard } = wire;
  const proxy = wire.proxy === undefined ? undefined : proxyFor(new URL(origin), wire.proxy);
  return {
    origin,
    guard,
    ...(tls !== undefined && { tls }),
    ...(proxy !== undefined && { proxy }),
  };
}

/** Behind a proxy only literals can be judged: the proxy resolves names. */
function checkLiteral(wire: Wire): void {
  const { hostname } = new URL(wire.origin);
  const bare = hostname.replace(/^\[|\]$/gu, '');
  if (isIP(bare) !== 0 && !wire.guard.allows(bare))
    throw new AddressRejectedError(
      `the network policy does not allow connections to ${wire.host}`,
      contextOf(wire),
    );
}

function pausedError(lane: Lane, context: ErrorContext): OciError {
  const retryAt = new Date(lane.blockedUntil);
  if (lane.isStrange) {
    const strange = new HostPausedError(retryAt, context);
    leaveAlone(strange);
    return strange;
  }
  const error = new RateLimitedError(
    'the registry has asked for a pause',
    { status: 429, errors: [], bodyKind: 'empty', bodyText: '' },
    context,
    true,
  );
  error.retryAt = retryAt;
  error.asked = true;
  return error;
}
