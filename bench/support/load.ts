/** Load on an API server over TLS with keep-alive connections; bodies are read and thrown away. */
import { Pool } from 'undici';

import { percentile } from './measure.ts';

export interface LoadTarget {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

export interface LoadRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
}

/** What some requests cost. */
export interface LoadFigures {
  readonly count: number;
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Sends requests, so many at a time. */
export class Load implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #headers: Readonly<Record<string, string>>;

  constructor({ url, ca, token }: LoadTarget, connections: number) {
    this.#pool = new Pool(url, { connections, pipelining: 1, connect: { ca } });
    this.#headers = { accept: 'application/json', authorization: `Bearer ${token}` };
  }

  /**
   * Sends `count` requests, `inFlight` at a time.
   * @throws {Error} when one is answered with another status than 200 or 201
   */
  async run(
    { count, inFlight }: { readonly count: number; readonly inFlight: number },
    requestOf: (index: number) => LoadRequest,
  ): Promise<LoadFigures> {
    const indices = Array.from({ length: count }, (_, index) => index).values();
    const latenciesMs: number[] = [];
    const started = performance.now();
    const senders = Array.from({ length: inFlight }, async () => {
      for (const index of indices) {
        const sent = performance.now();
        await this.send(requestOf(index));
        latenciesMs.push(performance.now() - sent);
      }
    });
    await Promise.all(senders);
    const seconds = (performance.now() - started) / 1000;
    return {
      count,
      perSecond: count / seconds,
      p50Ms: percentile(latenciesMs, 0.5),
      p99Ms: percentile(latenciesMs, 0.99),
    };
  }

  /** One request; the body of the answer as text. */
  async send({ method, path, body }: LoadRequest): Promise<string> {
    const answer = await this.#pool.request({
      method,
      path,
      headers: {
        ...this.#headers,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.body.text();
    if (answer.statusCode > 201)
      throw new Error(`${method} ${path} was answered ${answer.statusCode}: ${text.slice(0, 500)}`);
    return text;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close();
  }
}
