import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';

import type { HostileRequest, HostileServer } from './misdeed.ts';
import { Reply } from './reply.ts';
import { RequestParser } from './request-parser.ts';

/** Answers a request, or does something worse. */
export type Handler = (
  request: HostileRequest,
  reply: Reply,
  server: HostileServer,
) => void | Promise<void>;

export interface HostileOptions {
  /** Serve TLS with this certificate and key, PEM. */
  readonly tls?: {
    readonly certificate: string;
    readonly key: string;
    readonly authority?: string;
  };
  /** Runs for each connection, before anything is read. */
  readonly onConnection?: (socket: Socket) => void;
  /** Closed together with the server. */
  readonly accomplice?: HostileServer;
  /** Default 127.0.0.1. */
  readonly address?: string;
}

/** Starts a server whose every byte is the handler's. */
export async function startHostile(
  handler: Handler,
  options: HostileOptions = {},
): Promise<HostileServer> {
  const server = new RawServer(handler, options);
  await server.listen();
  return server;
}

class RawServer implements HostileServer {
  readonly requests: HostileRequest[] = [];
  readonly accomplice: HostileServer | undefined;
  readonly authority: string | undefined;
  connections = 0;
  readonly #handler: Handler;
  readonly #options: HostileOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #bytesOfClosed = 0;

  constructor(handler: Handler, options: HostileOptions) {
    this.#handler = handler;
    this.#options = options;
    this.authority = options.tls?.authority;
    this.accomplice = options.accomplice;
    const { tls } = options;
    const accept = (socket: Socket): void => {
      this.#serve(socket);
    };
    this.#server =
      tls === undefined
        ? createServer({ noDelay: true }, accept)
        : createTlsServer({ cert: tls.certificate, key: tls.key }, accept);
    // TLS clients that turn away are no news.
    this.#server.on('tlsClientError', () => undefined);
    this.#server.on('connection', (socket: Socket) => {
      this.#count(socket);
    });
  }

  get host(): string {
    return `${this.#options.address ?? '127.0.0.1'}:${(this.#server.address() as AddressInfo).port}`;
  }

  get url(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://${this.host}`;
  }

  get open(): number {
    return this.#sockets.size;
  }

  get bytesSent(): number {
    const open = [...this.#sockets].map((socket) => socket.bytesWritten - socket.writableLength);
    return open.reduce((sum, bytes) => sum + bytes, this.#bytesOfClosed);
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, this.#options.address ?? '127.0.0.1', resolve);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => {
      this.#server.close(resolve);
    });
    await this.accomplice?.[Symbol.asyncDispose]();
  }

  #count(socket: Socket): void {
    this.connections += 1;
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      this.#bytesOfClosed += socket.bytesWritten - socket.writableLength;
    });
    this.#options.onConnection?.(socket);
  }

  #serve(socket: Socket): void {
    const connection = this.connections;
    const parser = new RequestParser();
    const closed = new AbortController();
    socket.on('error', () => undefined);
    socket.once('close', () => {
      closed.abort();
    });
    // Requests of one connection are answered in their order.
    let turn = Promise.resolve();
    socket.on('data', (chunk: Buffer) => {
      for (const parsed of parser.push(chunk)) {
        const request = { ...parsed, connection, number: this.requests.length + 1 };
        this.requests.push(request);
        const reply = new Reply(socket, closed.signal, request.method === 'HEAD');
        turn = turn.then(async () => this.#handler(request, reply, this));
        turn.catch((error: unknown) => {
          socket.destroy(error instanceof Error ? error : new Error(String(error)));
        });
      }
    });
  }
}
