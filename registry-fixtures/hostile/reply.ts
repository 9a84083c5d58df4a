import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

/** A well-formed answer. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  /** A list sends one line for each of its elements. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
}

/** The server's side of one request: bytes go out as they are given. */
export class Reply {
  readonly #socket: Socket;
  readonly #closed: AbortSignal;
  readonly #isHead: boolean;

  /** @param closed is aborted when the connection is gone */
  constructor(socket: Socket, closed: AbortSignal, isHead: boolean) {
    this.#socket = socket;
    this.#closed = closed;
    this.#isHead = isHead;
  }

  /** True when nobody is there any more. */
  get closed(): boolean {
    return this.#closed.aborted;
  }

  /** Sends bytes; text is latin1, so that every byte can be written. */
  raw(...pieces: readonly (string | Uint8Array)[]): void {
    for (const piece of pieces)
      if (!this.#socket.destroyed)
        this.#socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
  }

  /** Sends bytes no faster than they are read. */
  async paced(piece: string | Uint8Array): Promise<void> {
    this.raw(piece);
    if (!this.#socket.writableNeedDrain || this.closed) return;
    await new Promise<void>((resolve) => {
      this.#socket.once('drain', resolve);
      this.#closed.addEventListener('abort', () => {
        resolve();
      });
    });
  }

  /** Sends status line and headers, without the end of the head when `open`. */
  head({ status = 200, headers = {} }: Answer, open = false): void {
    const lines = Object.entries(headers).flatMap(([name, value]) =>
      (typeof value === 'string' ? [value] : value).map((one) => `${name}: ${one}\r\n`),
    );
    this.raw(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`, ...lines);
    if (!open) this.raw('\r\n');
  }

  /** Sends a correct answer; HEAD gets no body. */
  send(answer: Answer): void {
    const { headers = {}, body = '' } = answer;
    const length = { 'Content-Length': String(Buffer.byteLength(body)) };
    this.head({ ...answer, headers: { ...length, ...headers } });
    if (!this.#isHead) this.raw(typeof body === 'string' ? Buffer.from(body) : body);
  }

  /** Waits, or returns when the connection is gone. */
  async wait(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#closed }).catch(() => undefined);
  }

  /** Closes the connection after what has been sent. */
  close(): void {
    this.#socket.end();
  }

  /** Resets the connection. */
  reset(): void {
    this.#socket.resetAndDestroy();
  }
}
