import type { IncomingHttpHeaders } from 'node:http';

import type { Status } from '#src/meta/status.ts';

/** A request, read in full, without the HTTP library that brought it. */
export interface ApiRequest {
  readonly method: string;
  /** Decoded, without the query and without empty segments, see `requestPath`; empty when the target names nothing. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** The headers as they came, name and value in turn. */
  readonly rawHeaders: readonly string[];
  /** Address of the other end of the connection; of a proxy where there is one. */
  readonly remoteAddress: string;
  readonly body: Buffer;
  /** The client's certificate, when one of the configured authorities vouches for it. */
  readonly clientCertificate?: ClientCertificate;
  /** The client has shown a certificate that none of them vouches for. */
  readonly isCertificateRefused?: boolean;
  /** Aborted when the client goes away or the server stops. */
  readonly signal: AbortSignal;
}

/** A certificate that is signed, in time, and made for clients. */
export interface ClientCertificate {
  /** `client` is a user's, `proxy` that of a front proxy which says who the user is. */
  readonly issuedFor: readonly ('client' | 'proxy')[];
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
  readonly chunks: AsyncIterable<Buffer>;
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
    headers: { 'content-type': 'text/plain; charset=utf-8' },
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
