import { isIP } from 'node:net';

import { AddressRejectedError } from '../errors/network.ts';
import { Pools, type PoolEntry, type PoolKey } from './dispatcher.ts';
import type { LaneOptions } from './lane-options.ts';
import type { Limits } from './limits.ts';
import { proxyFor } from './proxy.ts';
import { contextOf, type Wire } from './wire.ts';

/** What the last request to an origin went through. */
interface Recent extends Pick<Wire, 'guard' | 'tls' | 'proxy'> {
  readonly pool: PoolEntry;
  readonly generation: number;
}

const maxRecent = 2048;

/** The connections that requests go through. */
export class Origins {
  readonly #pools: Pools;
  readonly #recent = new Map<string, Recent>();

  constructor(limits: Limits, lanes: LaneOptions) {
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

  /** Keys of pools are long to make: the last one of an origin is mostly the next one too. */
  poolOf(wire: Wire): PoolEntry {
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
    if (this.#recent.size >= maxRecent) this.#recent.clear();
    this.#recent.set(origin, { generation, guard, tls, proxy, pool });
    return pool;
  }

  /** New connections from now on. */
  renew(wire: Wire): void {
    this.#pools.drop(poolKey(wire));
  }

  async close(): Promise<void> {
    await this.#pools.close();
  }
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
