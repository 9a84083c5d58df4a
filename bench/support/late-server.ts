/** What the registries of benchmarks have in common: they answer late, want bearer tokens and count what reaches them. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What reached a server since the last look. */
export interface Reached {
  /** All requests, tokens and refused ones included. */
  readonly requests: number;
  /** Connections accepted, and open at one time at most. */
  readonly socketsAccepted: number;
  readonly socketsPeak: number;
  readonly inFlightPeak: number;
}

/** A server of this process on a free port. */
export class LateServer {
  readonly #server;
  #open = 0;
  #inFlight = 0;
  #counts = { requests: 0, socketsAccepted: 0, socketsPeak: 0, inFlightPeak: 0 };

  /** @param latencyMs before each answer, asked for with each request */
  constructor(latencyMs: () => number, answer: RequestListener) {
    this.#server = createServer((request, response) => {
      this.#counts.requests += 1;
      this.#inFlight += 1;
      this.#counts.inFlightPeak = Math.max(this.#counts.inFlightPeak, this.#inFlight);
      response.once('close', () => {
        this.#inFlight -= 1;
      });
      setTimeout(() => {
        answer(request, response);
      }, latencyMs());
    });
    this.#server.on('connection', (socket) => {
      this.#open += 1;
      this.#counts.socketsAccepted += 1;
      this.#counts.socketsPeak = Math.max(this.#counts.socketsPeak, this.#open);
      socket.once('close', () => {
        this.#open -= 1;
      });
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  /** @returns `127.0.0.1:PORT` */
  async listen(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** What was counted; starts counting anew. */
  take(): Reached {
    const taken = this.#counts;
    this.#counts = {
      requests: 0,
      socketsAccepted: 0,
      socketsPeak: this.#open,
      inFlightPeak: this.#inFlight,
    };
    return taken;
  }
}

/** Content that a registry serves. */
export interface Content {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Buffer;
}

/** Ends this process when the one that started it hangs up, also by being killed. */
export function endWithParent(): void {
  process.once('disconnect', () => {
    process.exit(0);
  });
}
