/** Requests of any shape to a Kubernetes API, with the whole answer, and watches that collect what they see. */
import { request as httpsRequest } from 'node:https';
import type { IncomingHttpHeaders } from 'node:http';

/** Where requests go and as whom. */
export interface HttpTarget {
  readonly url: string;
  readonly ca: string;
  /** Sent unless a request says otherwise. */
  readonly token: string;
}

export interface HttpClient {
  request(method: string, path: string, options?: RequestOptions): Promise<Answer>;
  /** Begins a watch; `events` grows, `ended` settles at its end. */
  watch(path: string, options?: RequestOptions): Promise<Watching>;
}

export interface RequestOptions {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Null sends none. */
  readonly token?: string | null;
  /** Instead of the authority of the target. */
  readonly tls?: { readonly ca: string; readonly cert: string; readonly key: string };
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly bytes: Buffer;
  // oxlint-disable-next-line typescript/no-explicit-any -- documents of any shape are looked into
  readonly json: any;
}

export interface Watching {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  // oxlint-disable-next-line typescript/no-explicit-any -- documents of any shape are looked into
  readonly events: any[];
  readonly ended: Promise<void>;
  /** Waits until so many events have come. */
  until(count: number): Promise<void>;
  /** Stops reading, until `resume`. */
  pause(): void;
  resume(): void;
  stop(): void;
}

/** A connection of its own for every request. */
export function httpClient(target: HttpTarget): HttpClient {
  return {
    request: (method, path, options = {}) => answer(open({ ...target, method, path, options })),
    watch: (path, options = {}) => watching(open({ ...target, method: 'GET', path, options })),
  };
}

interface Call extends HttpTarget {
  readonly method: string;
  readonly path: string;
  readonly options: RequestOptions;
}

function open({ url, ca, token, method, path, options }: Call): ReturnType<typeof httpsRequest> {
  const shown = options.token === undefined ? token : options.token;
  const { body } = options;
  const sent =
    body === undefined || typeof body === 'string' || Buffer.isBuffer(body)
      ? body
      : JSON.stringify(body);
  const request = httpsRequest(`${url}${path}`, {
    method,
    ca,
    ...options.tls,
    agent: false,
    headers: {
      ...(shown === null ? {} : { authorization: `Bearer ${shown}` }),
      ...(sent === undefined
        ? {}
        : {
            'content-type': 'application/json',
            'content-length': String(Buffer.byteLength(sent)),
          }),
      ...options.headers,
    },
  });
  request.end(sent);
  return request;
}

function answer(request: ReturnType<typeof httpsRequest>): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => {
        const bytes = Buffer.concat(chunks);
        const text = bytes.toString();
        const isJson = response.headers['content-type']?.startsWith('application/json') === true;
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          bytes,
          json: isJson && text !== '' ? JSON.parse(text) : undefined,
        });
      });
    });
  });
}

function watching(request: ReturnType<typeof httpsRequest>): Promise<Watching> {
  return new Promise((resolve, reject) => {
    request.once('error', reject);
    request.once('response', (response) => {
      const events: unknown[] = [];
      const waiting = new Set<() => void>();
      let rest = '';
      response.on('data', (chunk: Buffer) => {
        const lines = `${rest}${chunk.toString()}`.split('\n');
        rest = lines.pop() ?? '';
        events.push(...lines.map((line) => JSON.parse(line) as unknown));
        for (const wake of waiting) wake();
      });
      const ended = new Promise<void>((end) => {
        response.once('close', end);
      });
      resolve({
        status: response.statusCode ?? 0,
        headers: response.headers,
        events,
        ended,
        until: (count) => untilCount(events, count, waiting),
        pause: () => response.pause(),
        resume: () => response.resume(),
        stop: () => request.destroy(),
      });
    });
  });
}

async function untilCount(
  events: readonly unknown[],
  count: number,
  waiting: Set<() => void>,
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (events.length < count) {
    if (Date.now() > deadline)
      throw new Error(`${events.length} of ${count} events: ${JSON.stringify(events)}`);
    await new Promise<void>((wake) => {
      waiting.add(wake);
      setTimeout(wake, 1000);
    });
  }
}
