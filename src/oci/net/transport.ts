/** The way to hosts that all identities share: connections, lanes, and what is told about every request. */
import { HostPausedError, RateLimitedError } from '../errors/answers.ts';
import { OciError, type ErrorContext } from '../errors/base.ts';
import { ConnectionLostError, TimeoutError } from '../errors/network.ts';
import type { EventListener } from '../events.ts';
import { redactUrl } from '../text.ts';
import { Deadlines } from './deadlines.ts';
import type { PoolEntry } from './dispatcher.ts';
import type { LaneOptions, RetryPolicy } from './lane-options.ts';
import { Lane } from './lane.ts';
import type { Limits } from './limits.ts';
import type { Operation } from './operation.ts';
import { Origins } from './origins.ts';
import { rateInfo } from './rate.ts';
import type { SharedBudget } from './shared-budget.ts';
import { send, type RawRequest, type RawResponse } from './request.ts';
import { leaveAlone, parseRetryAfter } from './retry.ts';
import { singleHeader } from './status.ts';
import { contextOf, type Wire } from './wire.ts';

export interface TransportSettings {
  readonly limits: Limits;
  readonly retry: RetryPolicy;
  readonly lanes: LaneOptions;
  readonly onEvent: EventListener | undefined;
  readonly shared: SharedBudget | undefined;
  readonly now: () => number;
}

/** More than a process ever asks at a time; unused lanes beyond are forgotten. */
const maxLanes = 2048;
const afterBlock = Promise.resolve();

export class Transport {
  readonly settings: TransportSettings;
  readonly #origins: Origins;
  readonly #lanes = new Map<string, Lane>();
  readonly #deadlines = new Deadlines();

  constructor(settings: TransportSettings) {
    this.settings = settings;
    const { limits, lanes } = settings;
    this.#origins = new Origins(limits, lanes);
  }

  /** The lane of a host. */
  lane(host: string, rate: Wire['rate'] = {}): Lane {
    const known = this.#lanes.get(host);
    if (known !== undefined) return known;
    const { perHost, ...common } = this.settings.lanes;
    const lane = new Lane({ ...rate, ...common, ...perHost?.[host] }, this.#deadlines);
    if (this.#lanes.size >= maxLanes) this.#forgetIdleLanes();
    this.#lanes.set(host, lane);
    return lane;
  }

  /** True when the last connection of these settings went to a loopback or private address. */
  isPrivate(wire: Wire): boolean {
    return this.#origins.poolOf(wire).privatePeer;
  }

  /** New connections from now on. */
  renew(wire: Wire): void {
    this.#origins.renew(wire);
  }

  /**
   * Sends one request when it is its host's turn.
   * @throws {OciError} when there is no answer
   */
  exchange(wire: Wire, operation: Operation): Promise<RawResponse> {
    operation.begin();
    const lane = this.lane(wire.host, wire.rate);
    const { shared } = this.settings;
    if (shared !== undefined) lane.shareWith(shared.processes(wire.host));
    if (this.#blockedUntil(lane, wire, operation) > 0)
      return this.#exchangeAfterBlock(wire, operation, lane);
    return this.#takeTurn(lane.enter(operation), wire, operation, lane);
  }

  async #exchangeAfterBlock(wire: Wire, operation: Operation, lane: Lane): Promise<RawResponse> {
    await this.#waitForBlock(wire, operation, lane);
    return this.#takeTurn(lane.enter(operation) ?? afterBlock, wire, operation, lane);
  }

  #isStopped(wire: Wire, operation: Operation, lane: Lane): boolean {
    return operation.aborted || this.#blockedUntil(lane, wire, operation) > 0;
  }

  /** While one waits that goes before others, other processes leave the host to it as far as they can. */
  #waitFor(turn: Promise<void>, { host }: Wire, { priority }: Operation): Promise<void> {
    const end = priority > 0 ? this.settings.shared?.waits(host) : undefined;
    return end === undefined ? turn : turn.finally(end);
  }

  /** What waited for its turn may not be wanted any more, and meanwhile the host may have asked for a pause. */
  async #checkTurn(wire: Wire, operation: Operation, lane: Lane): Promise<void> {
    try {
      await this.#waitForBlock(wire, operation, lane);
      operation.throwIfOver();
    } catch (error) {
      lane.leave();
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#origins.close();
    this.#deadlines.close();
  }

  /** 0 when nobody has asked for a pause. */
  #blockedUntil(lane: Lane, { host }: Wire, { priority }: Operation): number {
    return Math.max(lane.blockedUntil, this.settings.shared?.blockedUntil(host, priority) ?? 0);
  }

  /** A host that asked for a pause gets it from everyone. */
  async #waitForBlock(wire: Wire, operation: Operation, lane: Lane): Promise<void> {
    const { now, retry } = this.settings;
    const until = this.#blockedUntil(lane, wire, operation);
    const waitMs = until - now();
    if (waitMs <= 0) return;
    if (waitMs > retry.retryAfterMaxInlineMs || waitMs >= operation.remainingMs)
      throw pausedError(lane, until, contextOf(wire));
    await operation.sleep(waitMs);
  }

  /**
   * Asks, tells, and leaves the lane.
   * @param turn what to wait for; every request passes here, so nothing is waited for that need not be
   */
  async #takeTurn(
    turn: Promise<void> | undefined,
    wire: Wire,
    operation: Operation,
    lane: Lane,
  ): Promise<RawResponse> {
    if (turn !== undefined) {
      await this.#waitFor(turn, wire, operation);
      if (this.#isStopped(wire, operation, lane)) await this.#checkTurn(wire, operation, lane);
    }
    const started = performance.now();
    let pool: PoolEntry | undefined;
    let opened = 0;
    try {
      pool = this.#origins.poolOf(wire);
      ({ opened } = pool);
      const { served } = pool;
      const request = this.#requestOf(wire, pool, operation, started);
      let response: RawResponse;
      try {
        response = await this.#send(request, wire, operation, pool);
      } catch (error) {
        // A server may close an idle connection at the moment it is used: that costs no attempt and no wait.
        if (served === 0 || !isStale(error, wire) || operation.over) throw error;
        response = await this.#send(request, wire, operation, pool);
      }
      // Before the turn ends: the next one must not ask any more.
      this.#respectPause(lane, wire, response);
      pool.served += 1;
      operation.stats.bytes += response.body.length;
      if (lane.mayWiden || this.settings.onEvent !== undefined) {
        const ms = performance.now() - started;
        lane.answered(ms);
        this.#tell(wire, { ms, reused: pool.opened === opened }, response);
      }
      return response;
    } catch (error) {
      const ms = performance.now() - started;
      this.#tell(wire, { ms, reused: pool?.opened === opened }, error);
      throw timeoutOf(operation, error) ?? error;
    } finally {
      lane.leave();
    }
  }

  #send(
    request: RawRequest,
    { kind }: Wire,
    operation: Operation,
    { dispatcher }: PoolEntry,
  ): Promise<RawResponse> {
    if (kind === 'token') operation.stats.tokenRequests += 1;
    else operation.stats.requests += 1;
    return send(dispatcher, request, operation);
  }

  #requestOf(
    wire: Wire,
    { exclusive }: PoolEntry,
    { deadlineAt }: Operation,
    started: number,
  ): RawRequest {
    const { limits } = this.settings;
    const { origin, path, method, headers, body, limit, stream, demoted } = wire;
    // A connection that several origins share could hand one's late body to another.
    const keepAfterHead = demoted !== true && exclusive;
    return {
      origin,
      path,
      method,
      headers,
      limit,
      body: body ?? null,
      reset: method === 'HEAD' && !keepAfterHead,
      stream,
      endsAt: stream === true ? deadlineAt : Math.min(deadlineAt, started + limits.requestMs),
      deadlines: this.#deadlines,
      errorBytes: limits.errorBytes,
      context: () => contextOf(wire),
    };
  }

  #respectPause(lane: Lane, { host }: Wire, { status, headers }: RawResponse): void {
    if (status !== 429) return;
    const until = parseRetryAfter(singleHeader(headers['retry-after']), this.settings.now());
    if (until === undefined) return;
    lane.block(until);
    this.settings.onEvent?.({ type: 'paused', host, until });
  }

  #tell(
    wire: Wire,
    { ms, reused }: { readonly ms: number; readonly reused: boolean },
    outcome: unknown,
  ): void {
    const { onEvent } = this.settings;
    if (onEvent === undefined) return;
    const { method, attempt, host, kind } = wire;
    const url = redactUrl(wire.origin + wire.path);
    const common = { type: 'request', kind, method, url, ms, attempt, host, reused } as const;
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

function isStale(error: unknown, { attempt }: Wire): boolean {
  return error instanceof ConnectionLostError && attempt === 1;
}

/** Whichever time is shorter ends a request: what to say where that was the operation's. */
function timeoutOf(operation: Operation, error: unknown): TimeoutError | undefined {
  const isOver = error instanceof TimeoutError && error.phase === 'request' && operation.over;
  return isOver ? new TimeoutError('operation', error.context) : undefined;
}

function pausedError(lane: Lane, until: number, context: ErrorContext): OciError {
  const retryAt = new Date(until);
  if (lane.isStrange && lane.blockedUntil >= until) {
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
