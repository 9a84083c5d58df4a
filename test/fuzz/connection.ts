/** One keep-alive connection to the server, opened again whenever the server hangs up. */
import { connect, type TLSSocket } from 'node:tls';

import type { FuzzRequest } from './requests.ts';

/** What goes over the wire of a request. */
export type Exchange = Pick<FuzzRequest, 'bytes' | 'method' | 'isHttp'>;

export interface Answered {
  /** 0 when the server hung up without a word, -1 when nothing came in time. */
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly ms: number;
}

/** A stream that goes on is left when nothing more has come for so long. */
const quietMs = 40;
const patienceMs = 15_000;

export class Connection {
  readonly #port: number;
  readonly #ca: string;
  #socket: TLSSocket | undefined;
  opened = 0;

  constructor(port: number, ca: string) {
    this.#port = port;
    this.#ca = ca;
  }

  /** Sends one request and reads one answer; what is no HTTP is not waited for. */
  async exchange({ bytes, method, isHttp }: Exchange): Promise<Answered> {
    const started = performance.now();
    const socket = await this.#connected();
    const reader = new Reader(method === 'HEAD');
    const end = await new Promise<'answered' | 'closed' | 'quiet' | 'silent'>((resolve) => {
      let timer = setTimeout(() => resolve('silent'), isHttp ? patienceMs : quietMs);
      const onData = (chunk: Buffer): void => {
        reader.add(chunk);
        if (reader.complete) resolve('answered');
        if (!reader.streams) return;
        clearTimeout(timer);
        timer = setTimeout(() => resolve('quiet'), quietMs);
      };
      socket.on('data', onData);
      const onClose = (): void => resolve('closed');
      socket.once('close', onClose);
      socket.write(bytes);
      this.#stopListening = () => {
        clearTimeout(timer);
        socket.off('data', onData);
        socket.off('close', onClose);
      };
    });
    this.#stopListening();
    // After what is no HTTP the server may take the next request for the rest of this one.
    if (end !== 'answered' || reader.closes || !isHttp) this.close();
    const status = end === 'silent' && isHttp ? -1 : reader.status;
    return {
      status,
      contentType: reader.contentType,
      body: reader.body,
      ms: performance.now() - started,
    };
  }

  #stopListening: () => void = () => undefined;

  close(): void {
    this.#socket?.destroy();
    this.#socket = undefined;
  }

  async #connected(): Promise<TLSSocket> {
    if (this.#socket !== undefined && !this.#socket.destroyed && this.#socket.writable)
      return this.#socket;
    this.opened += 1;
    const socket = connect({ host: '127.0.0.1', port: this.#port, ca: this.#ca });
    await new Promise<void>((resolve, reject) => {
      socket.once('secureConnect', resolve);
      socket.once('error', reject);
    });
    // What was written into a connection that is closed meanwhile comes to this.
    socket.on('error', () => undefined);
    this.#socket = socket;
    return socket;
  }
}

/** Reads one answer of HTTP/1.1 out of a stream of bytes. */
class Reader {
  readonly #isHead: boolean;
  #bytes = Buffer.alloc(0);
  status = 0;
  contentType = '';
  body = '';
  complete = false;
  closes = false;
  streams = false;

  constructor(isHead: boolean) {
    this.#isHead = isHead;
  }

  add(chunk: Buffer): void {
    this.#bytes = Buffer.concat([this.#bytes, chunk]);
    const end = this.#bytes.indexOf('\r\n\r\n');
    if (end < 0) return;
    const head = this.#bytes.subarray(0, end).toString('latin1');
    this.status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1] ?? 0);
    if (this.status === 100) {
      this.#bytes = this.#bytes.subarray(end + 4);
      this.add(Buffer.alloc(0));
      return;
    }
    this.#read(head, this.#bytes.subarray(end + 4));
  }

  #read(head: string, rest: Buffer): void {
    this.contentType = /^content-type: *(.*)$/im.exec(head)?.[1] ?? '';
    this.closes = /^connection: *close/im.test(head);
    this.streams = /^transfer-encoding: *chunked/im.test(head);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    this.body = rest.toString('utf8');
    const isEmpty = this.#isHead || this.status === 204 || this.status === 304;
    const isWhole = this.streams ? this.body.endsWith('0\r\n\r\n') : rest.length >= length;
    this.complete = isEmpty || isWhole;
  }
}
