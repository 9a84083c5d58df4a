import type { IncomingHttpHeaders } from 'node:http';

import type { Status } from '#src/meta/status.ts';

/** A request, read in full, without the HTTP library that brought it. */
export interface ApiRequest {
  readonly method: string;
  /** As it came, percent-encoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  /** Subject of a client certificate that the configured CA signed. */
  readonly clientCertificate?: ClientCertificate;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

export interface ClientCertificate {
  readonly commonName: string;
  readonly organizations: readonly string[];
}

export type ResponseHeaders = Readonly<Record<string, string | readonly string[]>>;

/** An answer in one piece. */
export interface WholeResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: string | Buffer;
}

/** An answer whose headers are sent at once and whose body goes on until `chunks` ends or the client leaves. */
export interface StreamResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly chunks: AsyncIterable<string>;
}

export type ApiResponse = WholeResponse | StreamResponse;

export function jsonResponse(
  status: number,
  value: unknown,
  headers: ResponseHeaders = {},
): WholeResponse {
  return {
    status,
    headers: { 'content-type': 'application/json', ...headers },
    body: `${JSON.stringify(value)}\n`,
  };
}

export function textResponse(status: number, body: string): WholeResponse {
  return {
    status,
    headers: { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' },
    body,
  };
}

/** A failure as Kubernetes clients expect it, with `Retry-After` and `WWW-Authenticate` where the status asks for them. */
export function statusResponse(status: Status): WholeResponse {
  const code = status.code ?? 500;
  const retryAfter = status.details?.retryAfterSeconds;
  const body: Status = { kind: 'Status', apiVersion: 'v1', ...status };
  return jsonResponse(code, body, {
    ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
    ...(code === 401 ? { 'www-authenticate': 'Bearer realm="sluice"' } : {}),
  });
}
