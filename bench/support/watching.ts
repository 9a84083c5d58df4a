/** Watches that are read without being parsed: parsing each event would measure the client. */
import { connect, type TLSSocket } from 'node:tls';

import type { LoadTarget } from './load.ts';

const newLine = '\n'.charCodeAt(0);
const carriageReturn = '\r'.charCodeAt(0);

/** Counts the lines of a body in HTTP's chunked coding, whose own lines end otherwise. */
class LineCount {
  #last = 0;

  in(chunk: Buffer): number {
    let lines = 0;
    for (let at = chunk.indexOf(newLine); at >= 0; at = chunk.indexOf(newLine, at + 1)) {
      const before = at === 0 ? this.#last : chunk[at - 1];
      if (before !== carriageReturn) lines += 1;
    }
    this.#last = chunk.at(-1) ?? this.#last;
    return lines;
  }
}

/** A clock that all processes of a machine share, in milliseconds. */
export function nowMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * Opens a watch on a connection of its own, which the caller destroys.
 * @param arrived is told how many events a piece of the answer ended
 * @throws {Error} when the watch is refused
 */
export async function openWatch(
  target: LoadTarget,
  path: string,
  arrived: (events: number, chunk: Buffer) => void,
): Promise<TLSSocket> {
  const { hostname, port } = new URL(target.url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca: target.ca }, () => {
      socket.write(
        `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${target.token}\r\n\r\n`,
      );
    });
    const lines = new LineCount();
    socket.once('error', reject);
    socket.once('data', (head) => {
      const text = head.toString('latin1', 0, 100);
      if (!text.startsWith('HTTP/1.1 200 ')) {
        reject(new Error(`the watch was answered ${text}`));
        return;
      }
      socket.on('data', (chunk: Buffer) => {
        const events = lines.in(chunk);
        if (events > 0) arrived(events, chunk);
      });
      resolve(socket);
    });
  });
}
