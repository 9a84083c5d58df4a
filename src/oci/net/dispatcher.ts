/** Connections: one pool for each origin with its TLS settings, proxy and address rule. */
import { createHash } from 'node:crypto';
import { isIP, type Socket } from 'node:net';
import { createSecureContext, getCACertificates, type SecureContextOptions } from 'node:tls';

import { buildConnector, Pool, ProxyAgent, type Dispatcher } from 'undici';

import { TimeoutError, type TimeoutPhase } from '../errors/network.ts';
import type { TlsConfig } from '../hosts/config.ts';
import { failureOf } from './failure.ts';
import { isPrivateAddress, type AddressGuard } from './guard.ts';
import { guardedLookup, rejected } from './lookup.ts';

/** What connections are shared by. */
export interface PoolKey {
  /** `https://host[:port]`. */
  readonly origin: string;
  readonly tls?: TlsConfig;
  readonly proxy?: string;
  readonly guard: AddressGuard;
}

/** A pool and what its connections have shown. */
export interface PoolEntry {
  readonly dispatcher: Dispatcher;
  /** Connections made so far. */
  opened: number;
  /** Answers received so far. */
  served: number;
  /** True when the last connection went to a loopback or private address. */
  privatePeer: boolean;
  /** False when requests of several origins could share a connection: behind a proxy for plain HTTP. */
  readonly exclusive: boolean;
}

export interface PoolSettings {
  readonly connections: number;
  readonly idleMs: number;
  readonly connectMs: number;
  readonly headersMs: number;
  readonly bodyIdleMs: number;
  readonly http2: boolean;
}

/** More hosts than one process ever asks at a time; idle pools beyond go first. */
const maxPools = 512;
const maxHeaderBytes = 16 * 1024;

export class Pools {
  readonly #entries = new Map<string, PoolEntry>();
  readonly #settings: (origin: string) => PoolSettings;
  #closed = false;
  #generation = 0;

  constructor(settings: (origin: string) => PoolSettings) {
    this.#settings = settings;
  }

  /** Another number after any pool has come or gone. */
  get generation(): number {
    return this.#generation;
  }

  /**
   * The pool of a key, made when there is none.
   * @throws {Error} when the client is closed
   */
  get(key: PoolKey): PoolEntry {
    const id = idOf(key);
    const known = this.#entries.get(id);
    if (known !== undefined) return known;
    if (this.#closed) throw new Error('the registry client is closed');
    const entry = openPool(key, this.#settings(key.origin));
    this.#generation += 1;
    this.#entries.set(id, entry);
    this.#evict();
    return entry;
  }

  /** Forgets a pool: requests under way are finished, new ones get new connections. */
  drop(key: PoolKey): void {
    const id = idOf(key);
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#generation += 1;
    this.#entries.delete(id);
    closeQuietly(entry);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#generation += 1;
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    await Promise.all(entries.map(async ({ dispatcher }) => dispatcher.destroy()));
  }

  #evict(): void {
    for (const [id, entry] of this.#entries) {
      if (this.#entries.size <= maxPools) return;
      this.#entries.delete(id);
      closeQuietly(entry);
    }
  }
}

function closeQuietly({ dispatcher }: PoolEntry): void {
  dispatcher.close().catch(() => undefined);
}

function idOf({ origin, tls, proxy, guard }: PoolKey): string {
  return tls === undefined && proxy === undefined
    ? `${origin} ${guard.key}`
    : JSON.stringify([origin, guard.key, proxy, tlsKey(tls)]);
}

const tlsKeys = new WeakMap<TlsConfig, string>();

/** Keys of pools must not hold private keys. */
function tlsKey(tls: TlsConfig | undefined): string {
  if (tls === undefined) return '';
  const known = tlsKeys.get(tls);
  if (known !== undefined) return known;
  const key = createHash('sha256')
    .update(JSON.stringify([tls.ca, tls.cert, tls.key, tls.insecureSkipVerify, tls.serverName]))
    .digest('base64url');
  tlsKeys.set(tls, key);
  return key;
}

function openPool(key: PoolKey, settings: PoolSettings): PoolEntry {
  const state = { opened: 0, served: 0, privatePeer: false, exclusive: true };
  const common = {
    connections: settings.connections,
    keepAliveTimeout: settings.idleMs,
    keepAliveMaxTimeout: settings.idleMs,
    headersTimeout: settings.headersMs,
    bodyTimeout: settings.bodyIdleMs,
    maxHeaderSize: maxHeaderBytes,
    allowH2: settings.http2,
  };
  if (key.proxy !== undefined) {
    const plain = key.origin.startsWith('http:');
    const dispatcher = new ProxyAgent({
      ...common,
      uri: key.proxy,
      // An HTTPS origin is reached through a tunnel, a plain one by asking the proxy.
      proxyTunnel: !plain,
      requestTls: tlsOptions(key.tls),
    });
    return Object.assign(state, { dispatcher, exclusive: !plain });
  }
  const dispatcher = new Pool(key.origin, {
    ...common,
    connect: guardedConnector(key, settings, state),
  });
  return Object.assign(state, { dispatcher });
}

function tlsOptions(tls: TlsConfig | undefined): buildConnector.BuildOptions {
  if (tls === undefined) return {};
  const { ca, cert, key } = tls;
  const isOwn = ca !== undefined || cert !== undefined || key !== undefined;
  return {
    // Made once: reading all authorities costs milliseconds, and would be done for each connection.
    ...(isOwn && { secureContext: createSecureContext(contextOptions(tls)) }),
    ...(tls.insecureSkipVerify === true && { rejectUnauthorized: false }),
    ...(tls.serverName !== undefined && { servername: tls.serverName }),
  };
}

function contextOptions({ ca, cert, key }: TlsConfig): SecureContextOptions {
  return {
    // `ca` replaces the authorities of the system, so they are named too.
    ...(ca !== undefined && { ca: [...getCACertificates('default'), ...ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
  };
}

function guardedConnector(
  key: PoolKey,
  settings: PoolSettings,
  state: Omit<PoolEntry, 'dispatcher'>,
): buildConnector.connector {
  const { guard } = key;
  const connect = buildConnector({
    ...tlsOptions(key.tls),
    lookup: guardedLookup(guard),
    timeout: settings.connectMs,
    allowH2: settings.http2,
    autoSelectFamily: true,
  });
  return (options, callback) => {
    const host = new URL(key.origin).host;
    // The resolver is not asked for literals.
    if (isIP(options.hostname) !== 0 && !guard.allows(options.hostname)) {
      callback(rejected(host, options.hostname), null);
      return;
    }
    let phase: TimeoutPhase = isIP(options.hostname) === 0 ? 'dns' : 'connect';
    const socket = connect(options, (...[error, connected]) => {
      if (error !== null) {
        const failure = failureOf(error, { host });
        const isConnectTimeout = failure instanceof TimeoutError && failure.phase === 'connect';
        callback(isConnectTimeout ? new TimeoutError(phase, failure.context) : failure, null);
        return;
      }
      const peer = connected.remoteAddress ?? '';
      if (!guard.allows(peer)) {
        connected.destroy();
        callback(rejected(host, peer), null);
        return;
      }
      state.opened += 1;
      state.privatePeer = isPrivateAddress(peer);
      callback(null, connected);
    }) as unknown as Socket;
    socket.once('lookup', () => {
      phase = 'connect';
    });
    socket.once('connect', () => {
      phase = 'tls';
    });
  };
}
