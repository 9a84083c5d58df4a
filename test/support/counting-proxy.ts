/**
 * An HTTP reverse proxy that counts what passes and makes days bad: it stands between Sluice and a real registry, adds
 * latency and injects failures by rule.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** What happens to a request instead of, or on the way to, its answer. */
export type Fault =
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: OutgoingHttpHeaders;
      readonly body?: string;
    }
  /** The connection is reset before any answer. */
  | { readonly kind: 'reset' }
  /** The request is read and never answered. */
  | { readonly kind: 'stall' }
  /** The connection is reset after this many bytes of the body, with a `Content-Length` that promises all of them. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** The real answer, this much later. */
  | { readonly kind: 'delay'; readonly ms: number };

/** Which requests a fault strikes; every condition must hold. */
export interface Rule {
  readonly method?: string;
  /** Tested against path and query. */
  readonly path?: RegExp;
  /** Leaves the first so many matching requests alone; default 0. */
  readonly skip?: number;
  /** Strikes so many requests and then no more; default all. */
  readonly times?: number;
  readonly fault: Fault;
}

/** A request that passed. */
export interface SeenRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  /** When it came, in milliseconds since the epoch. */
  readonly at: number;
  /** The status that was answered; undefined while it is on its way, or when no answer was given. */
  status: number | undefined;
}

export interface ProxyOptions {
  /** Milliseconds that every request waits before it is passed on; default 0. */
  readonly latencyMs?: number;
  /** HTTPS with this certificate, PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

/** A running proxy. Disposing of it closes it. */
export interface CountingProxy extends AsyncDisposable {
  readonly url: string;
  /** `127.0.0.1:PORT`, as it stands in a pull spec. */
  readonly host: string;
  latencyMs: number;
  /** Every request, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Connections accepted so far, open now, and open at most at one time. */
  readonly sockets: { readonly accepted: number; readonly open: number; readonly peak: number };
  /** How many requests have this method and a path that matches. */
  count(method: string, path?: RegExp): number;
  /** Requests in flight at most at one time. */
  readonly peakInFlight: number;
  /** Adds a rule; the first that matches strikes. Answers a function that takes it out again. */
  inject(rule: Rule): () => void;
  /** Forgets rules, requests and peaks. */
  reset(): void;
}

/** Starts a proxy in front of an HTTP server on a free port of 127.0.0.1. */
export async function startCountingProxy(
  target: string,
  options: ProxyOptions = {},
): Promise<CountingProxy> {
  const proxy = new Proxy(new URL(target), options);
  await proxy.listen();
  return proxy;
}

interface ActiveRule extends Rule {
  matched: number;
}

class Proxy implements CountingProxy {
  latencyMs: number;
  requests: SeenRequest[] = [];
  sockets = { accepted: 0, open: 0, peak: 0 };
  peakInFlight = 0;
  #inFlight = 0;
  #rules: ActiveRule[] = [];
  readonly #target: URL;
  readonly #tls: boolean;
  readonly #server: ReturnType<typeof createServer>;

  constructor(target: URL, { latencyMs = 0, tls }: ProxyOptions) {
    this.#target = target;
    this.latencyMs = latencyMs;
    this.#tls = tls !== undefined;
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      this.#handle(request, response);
    };
    this.#server =
      tls === undefined
        ? createServer(listener)
        : createTlsServer({ cert: tls.certificate, key: tls.key }, listener);
    this.#server.on('connection', (socket: Socket) => {
      this.#countSocket(socket);
    });
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.#tls ? 'https' : 'http'}://${this.host}`;
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
  }

  count(method: string, path = /^/u): number {
    return this.requests.filter((seen) => seen.method === method && path.test(seen.path)).length;
  }

  inject(rule: Rule): () => void {
    const active = { ...rule, matched: 0 };
    this.#rules.push(active);
    return () => {
      this.#rules = this.#rules.filter((other) => other !== active);
    };
  }

  reset(): void {
    this.#rules = [];
    this.requests = [];
    this.sockets = { accepted: 0, open: this.sockets.open, peak: this.sockets.open };
    this.peakInFlight = this.#inFlight;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
  }

  #countSocket(socket: Socket): void {
    this.sockets.accepted += 1;
    this.sockets.open += 1;
    this.sockets.peak = Math.max(this.sockets.peak, this.sockets.open);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.sockets.open -= 1;
    });
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const { method = '', url: path = '', headers } = request;
    const seen: SeenRequest = { method, path, headers, at: Date.now(), status: undefined };
    this.requests.push(seen);
    this.#inFlight += 1;
    this.peakInFlight = Math.max(this.peakInFlight, this.#inFlight);
    response.once('close', () => {
      this.#inFlight -= 1;
      if (response.headersSent) seen.status = response.statusCode;
    });
    const fault = this.#faultFor(method, path);
    const delay = this.latencyMs + (fault?.kind === 'delay' ? fault.ms : 0);
    if (delay === 0) {
      this.#answer(request, response, fault);
      return;
    }
    const timer = setTimeout(() => {
      this.#answer(request, response, fault);
    }, delay);
    response.once('close', () => {
      clearTimeout(timer);
    });
  }

  #faultFor(method: string, path: string): Fault | undefined {
    for (const rule of this.#rules) {
      if (rule.method !== undefined && rule.method !== method) continue;
      if (rule.path !== undefined && !rule.path.test(path)) continue;
      rule.matched += 1;
      const nth = rule.matched - (rule.skip ?? 0);
      if (nth >= 1 && nth <= (rule.times ?? Infinity)) return rule.fault;
    }
    return undefined;
  }

  #answer(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): void {
    switch (fault?.kind) {
      case 'status': {
        request.resume();
        response.writeHead(fault.status, fault.headers).end(fault.body ?? '');
        return;
      }
      case 'reset': {
        request.socket.resetAndDestroy();
        return;
      }
      case 'stall': {
        request.resume();
        return;
      }
      case 'cut':
      case 'delay':
      case undefined: {
        this.#forward(request, response, fault?.kind === 'cut' ? fault.afterBytes : undefined);
      }
    }
  }

  #forward(request: IncomingMessage, response: ServerResponse, cutAfter: number | undefined): void {
    const upstream = httpRequest(
      new URL(request.url ?? '/', this.#target),
      // The client's own Host header is passed on, so that a Location the server writes leads back through the proxy.
      { method: request.method ?? 'GET', headers: request.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        if (cutAfter === undefined) answer.pipe(response);
        else cut(answer, response, cutAfter);
      },
    );
    upstream.once('error', () => {
      // As the client would see it without a proxy in between.
      request.socket.resetAndDestroy();
    });
    response.once('close', () => {
      upstream.destroy();
    });
    request.pipe(upstream);
  }
}

function cut(answer: IncomingMessage, response: ServerResponse, afterBytes: number): void {
  let left = afterBytes;
  response.flushHeaders();
  answer.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, left);
    left -= part.length;
    if (part.length > 0) response.write(part);
    if (left > 0) return;
    answer.destroy();
    // Headers and body part go out first.
    setImmediate(() => {
      response.socket?.resetAndDestroy();
    });
  });
  answer.once('end', () => {
    response.socket?.resetAndDestroy();
  });
}
