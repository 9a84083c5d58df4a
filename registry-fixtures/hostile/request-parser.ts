import type { HostileRequest } from './misdeed.ts';

/** What of a request stands on the wire; the server adds the counters. */
export type ParsedRequest = Pick<HostileRequest, 'method' | 'path' | 'headers' | 'body'>;

/** Splits what comes over one connection into requests. Clients are well-behaved here, so it is short. */
export class RequestParser {
  #pending = Buffer.alloc(0);

  /** The requests that are complete with this piece. */
  push(chunk: Buffer): ParsedRequest[] {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    const found: ParsedRequest[] = [];
    for (let next = this.#next(); next !== undefined; next = this.#next()) found.push(next);
    return found;
  }

  #next(): ParsedRequest | undefined {
    const headEnd = this.#pending.indexOf('\r\n\r\n');
    if (headEnd < 0) return undefined;
    const [first = '', ...lines] = this.#pending.toString('latin1', 0, headEnd).split('\r\n');
    const headers = headersOf(lines);
    const bodyStart = headEnd + 4;
    const end = bodyStart + Number(headers['content-length'] ?? 0);
    if (this.#pending.length < end) return undefined;
    const body = this.#pending.toString('utf8', bodyStart, end);
    this.#pending = this.#pending.subarray(end);
    const [method = '', path = ''] = first.split(' ');
    return { method, path, headers, body };
  }
}

function headersOf(lines: readonly string[]): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const known = headers[name];
    headers[name] = known === undefined ? value : `${known}, ${value}`;
  }
  return headers;
}
