/** One HTTP request on a pool: the only place that speaks to the HTTP client, with a bound on everything that comes. */
import type { IncomingHttpHeaders } from 'node:http';

import type { Dispatcher } from 'undici';

import type { ErrorContext } from '../errors/base.ts';
import { LimitError, TimeoutError } from '../errors/network.ts';
import type { ByteLimit } from './body.ts';
import { noSlot, type Deadline, type Deadlines } from './deadlines.ts';
import { failureOf } from './failure.ts';
import type { Operation } from './operation.ts';

/** A request. The HTTP client reads its own options from it: `origin` to `reset`. */
export interface RawRequest {
  readonly origin: string;
  /** Path and query. */
  readonly path: string;
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly headers: Record<string, string>;
  readonly body: string | null;
  /** Closes the connection afterwards, as the HTTP client does after every HEAD unless this is false. */
  readonly reset: boolean;
  /** When the last byte must be there, by `performance.now()`; the pool's idle timeouts start again with every byte. */
  readonly endsAt: number;
  readonly deadlines: Deadlines;
  /** Bound for bodies of success; larger ones fail. */
  readonly limit: ByteLimit;
  /** Bound for bodies of errors; the rest is not read. */
  readonly errorBytes: number;
  /** Hands the body over as it comes instead of collecting it. */
  readonly stream: boolean | undefined;
  /** Where and what, for errors; asked only when there is one. */
  readonly context: () => ErrorContext;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Empty for streams. */
  readonly body: Uint8Array;
  /** For successful streaming requests. */
  readonly stream?: BodyStream;
}

/** A body on its way. Reading slows the sender down; it must be read to its end or cancelled. */
export interface BodyStream extends AsyncIterable<Uint8Array> {
  cancel(): void;
}

/** Sends a request; it ends with the operation's caller. */
export function send(
  dispatcher: Dispatcher,
  request: RawRequest,
  operation: Operation,
): Promise<RawResponse> {
  return new Promise((resolve, reject) => {
    const handler = new ResponseHandler(request, resolve, reject);
    handler.listen(operation);
    dispatcher.dispatch(request, handler);
  });
}

const empty = new Uint8Array(0);
/** Cheaper than `queueMicrotask`, which keeps the asynchronous context of each. */
const afterThis = Promise.resolve();

class ResponseHandler implements Dispatcher.DispatchHandler, Deadline {
  readonly at: number;
  slot = noSlot;
  readonly #request: RawRequest;
  readonly #resolve: (response: RawResponse) => void;
  readonly #reject: (error: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #failure: Error | undefined;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #chunks: Uint8Array[] | undefined;
  #length = 0;
  #max = 0;
  #stream: StreamQueue | undefined;
  #settled = false;
  #stopListening: (() => void) | undefined;

  constructor(
    request: RawRequest,
    resolve: (response: RawResponse) => void,
    reject: (error: Error) => void,
  ) {
    this.#request = request;
    this.#resolve = resolve;
    this.#reject = reject;
    this.at = request.endsAt;
    request.deadlines.add(this);
  }

  listen(operation: Operation): void {
    if (!operation.canAbort) return;
    this.#stopListening = operation.onAbort((error) => {
      this.fail(error);
    });
  }

  expire(): void {
    this.fail(new TimeoutError('request', this.#request.context()));
  }

  /** Ends the request, whatever it is doing. */
  fail(error: Error): void {
    this.#failure ??= error;
    this.#controller?.abort(this.#failure);
    this.#end(this.#failure);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#failure !== undefined) controller.abort(this.#failure);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    // Informational answers are free to send and mean nothing here; the timer bounds them.
    if (status < 200) return;
    this.#status = status;
    this.#headers = headers;
    const isError = status >= 300;
    this.#max = isError ? this.#request.errorBytes : this.#request.limit.bytes;
    if (this.#request.stream === true && !isError) {
      const stream = new StreamQueue(controller, (error) => {
        this.fail(error);
      });
      this.#stream = stream;
      this.#resolve({ status, headers, body: empty, stream });
      return;
    }
    const length = Number(headers['content-length'] ?? 0);
    if (!isError && this.#request.method !== 'HEAD' && length > this.#max) this.#tooLarge();
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#stream !== undefined) {
      this.#stream.push(chunk);
      return;
    }
    const room = this.#max - this.#length;
    if (chunk.length > room && this.#status < 300) {
      this.#tooLarge();
      return;
    }
    const kept = chunk.length > room ? chunk.subarray(0, room) : chunk;
    this.#length += kept.length;
    (this.#chunks ??= []).push(kept);
    if (kept.length < chunk.length) {
      // Enough of an error to say what it is; the connection goes with the rest.
      this.#finish();
      this.fail(new LimitError('errorBytes', this.#max, this.#request.context()));
    }
  }

  onResponseEnd(): void {
    if (this.#stream === undefined) this.#finish();
    else this.#end(undefined);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#end(this.#failure ?? failureOf(error, this.#request.context()));
  }

  #tooLarge(): void {
    this.fail(new LimitError(this.#request.limit.name, this.#max, this.#request.context()));
  }

  #finish(): void {
    if (this.#settled) return;
    const chunks = this.#chunks;
    const [first] = chunks ?? [];
    const body = first === undefined ? empty : chunks?.length === 1 ? first : concat(chunks ?? []);
    const response = { status: this.#status, headers: this.#headers, body };
    // The HTTP client frees the connection by an immediate that it queues after this call. A request that came before
    // would find the connection busy and open another one.
    void afterThis.then(() => setImmediate(this.#resolve, response));
    this.#end(undefined);
  }

  #end(error: Error | undefined): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#request.deadlines.delete(this);
    this.#stopListening?.();
    this.#stream?.end(error);
    if (error !== undefined) this.#reject(error);
  }
}

function concat(chunks: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(chunks);
}

/** Bytes that may wait for their reader before the sender is slowed down. */
const highWaterMark = 256 * 1024;

class StreamQueue implements BodyStream {
  readonly #controller: Dispatcher.DispatchController;
  readonly #cancel: (error: Error) => void;
  readonly #chunks: Uint8Array[] = [];
  #waiting = 0;
  #ended = false;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(controller: Dispatcher.DispatchController, cancel: (error: Error) => void) {
    this.#controller = controller;
    this.#cancel = cancel;
  }

  push(chunk: Uint8Array): void {
    this.#chunks.push(chunk);
    this.#waiting += chunk.length;
    if (this.#waiting > highWaterMark) this.#controller.pause();
    this.#wake?.();
  }

  end(error: Error | undefined): void {
    this.#ended = true;
    this.#error = error;
    this.#wake?.();
  }

  cancel(): void {
    if (!this.#ended) this.#cancel(new Error('the body is not read to its end'));
  }

  async *[Symbol.asyncIterator](): AsyncIterator<Uint8Array> {
    try {
      for (;;) {
        const chunk = this.#chunks.shift();
        if (chunk !== undefined) {
          this.#waiting -= chunk.length;
          if (this.#controller.paused && this.#waiting <= highWaterMark / 2)
            this.#controller.resume();
          yield chunk;
        } else if (this.#ended) {
          if (this.#error !== undefined) throw this.#error;
          return;
        } else {
          await new Promise<void>((resolve) => {
            this.#wake = resolve;
          });
          this.#wake = undefined;
        }
      }
    } finally {
      this.cancel();
    }
  }
}
