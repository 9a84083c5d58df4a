/** A small HTTP client of the Kubernetes API for tests: JSON in and out, the status as it came. */
import type { IncomingMessage } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { createInterface } from 'node:readline';

/** What a server answered. `body` is parsed when it is JSON, else text. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  // Tests look into documents of every kind.
  // eslint-disable-next-line typescript/no-explicit-any
  readonly body: any;
}

export interface ApiRequestOptions {
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it stands, instead of a body. */
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Another bearer token than the client's; empty sends none. */
  readonly token?: string;
}

/** One event of a watch. */
export interface WatchEvent {
  readonly type: string;
  // eslint-disable-next-line typescript/no-explicit-any
  readonly object: any;
}

/** Where a client connects to and as whom: a `Server` fits. */
export interface ApiTarget {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
}

/** A client with keep-alive connections. Disposing of it closes them. */
export class ApiClient implements Disposable {
  readonly #target: ApiTarget;
  readonly #agent: Agent;

  constructor(target: ApiTarget, { maxSockets = 16 }: { readonly maxSockets?: number } = {}) {
    this.#target = target;
    this.#agent = new Agent({ keepAlive: true, maxSockets, ca: target.ca });
  }

  async get(path: string, options?: ApiRequestOptions): Promise<ApiAnswer> {
    return this.send('GET', path, options);
  }

  async post(path: string, body: unknown, options?: ApiRequestOptions): Promise<ApiAnswer> {
    return this.send('POST', path, { ...options, body });
  }

  async put(path: string, body: unknown, options?: ApiRequestOptions): Promise<ApiAnswer> {
    return this.send('PUT', path, { ...options, body });
  }

  async delete(path: string, options?: ApiRequestOptions): Promise<ApiAnswer> {
    return this.send('DELETE', path, options);
  }

  /** Patches; `type` is `json-patch+json`, `merge-patch+json` (default), `strategic-merge-patch+json` or `apply-patch+yaml`. */
  async patch(path: string, body: unknown, type = 'merge-patch+json'): Promise<ApiAnswer> {
    return this.send('PATCH', path, { body, headers: { 'content-type': `application/${type}` } });
  }

  /** Posts a form without a token. */
  async form(path: string, fields: Readonly<Record<string, string>>): Promise<ApiAnswer> {
    return this.send('POST', path, {
      text: new URLSearchParams(fields).toString(),
      token: '',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  /**
   * Sends one request.
   * @throws {Error} when no answer comes
   */
  async send(method: string, path: string, options: ApiRequestOptions = {}): Promise<ApiAnswer> {
    const text =
      options.text ?? (options.body === undefined ? undefined : JSON.stringify(options.body));
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        new URL(path, this.#target.url),
        {
          method,
          agent: this.#agent,
          headers: {
            accept: 'application/json',
            ...this.#authorization(options.token),
            ...(text !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(text),
            }),
            ...options.headers,
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => {
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              body: parsed(Buffer.concat(chunks).toString('utf8'), response.headers),
            });
          });
        },
      );
      request.once('error', reject);
      request.end(text);
    });
  }

  /**
   * Watches; ends when the server ends the watch or the signal is aborted.
   * @param path with `watch=true` in the query
   * @throws {Error} when the watch is refused
   */
  async *watch(path: string, signal: AbortSignal): AsyncGenerator<WatchEvent> {
    const request = httpsRequest(new URL(path, this.#target.url), {
      ca: this.#target.ca,
      agent: false,
      signal,
      headers: { accept: 'application/json', ...this.#authorization(undefined) },
    });
    request.end();
    try {
      const response = await new Promise<IncomingMessage>((resolve, reject) => {
        request.once('response', resolve);
        request.once('error', reject);
      });
      if (response.statusCode !== 200)
        throw new Error(`the watch was answered ${String(response.statusCode)}`);
      const lines = createInterface({ input: response, signal });
      // A reader that has left no longer listens, and the request that it destroys fails.
      lines.on('error', () => undefined);
      for await (const line of lines) yield JSON.parse(line) as WatchEvent;
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      request.destroy();
    }
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  #authorization(token = this.#target.token): Record<string, string> {
    return token === '' ? {} : { authorization: `Bearer ${token}` };
  }
}

function parsed(text: string, headers: Readonly<Record<string, unknown>>): unknown {
  return String(headers['content-type']).includes('json') && text !== '' ? JSON.parse(text) : text;
}
