/** Requests written byte by byte, as no HTTP client would send them. */
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** What came back until the server closed the connection or fell silent. */
export interface RawAnswer {
  readonly text: string;
  /** Status codes of the answers in it, in order. */
  readonly statuses: readonly number[];
  readonly closed: boolean;
}

export interface RawTarget {
  readonly url: string;
  readonly ca: string;
}

/** Connects; rejects when the handshake fails. */
export function connectTls(
  { url, ca }: RawTarget,
  options: ConnectionOptions = {},
): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), ca, ...options }, () => {
      socket.off('error', reject);
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', reject);
  });
}

/**
 * Writes the parts one after the other and reads what is answered.
 * @param silentMs how long to wait for more once something has come; without an answer, ten times as long
 */
export async function exchangeRaw(
  target: RawTarget,
  parts: string | readonly (string | Buffer)[],
  silentMs = 100,
): Promise<RawAnswer> {
  const socket = await connectTls(target);
  const chunks: Buffer[] = [];
  const closed = await new Promise<boolean>((resolve) => {
    let timer = setTimeout(() => resolve(false), 10 * silentMs);
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      clearTimeout(timer);
      timer = setTimeout(() => resolve(false), silentMs);
    });
    socket.once('close', () => {
      clearTimeout(timer);
      resolve(true);
    });
    for (const part of [parts].flat()) socket.write(part, 'latin1');
  });
  socket.destroy();
  const text = Buffer.concat(chunks).toString('latin1');
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, code]) => Number(code));
  return { text, statuses, closed };
}

/** A request, the last of its connection, with more headers, one a line; a body brings its length. */
export function rawRequest(line: string, headers: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return [
    `${line} HTTP/1.1`,
    'Host: sluice',
    'Connection: close',
    ...headers,
    ...length,
    '',
    body,
  ].join('\r\n');
}
