import type { CredentialUse } from '../auth/credential.ts';
import type { ByteLimit } from '../net/body.ts';
import type { BodyStream, RawResponse } from '../net/request.ts';
import type { Wire } from '../net/wire.ts';
import type { Endpoint } from './endpoint.ts';

/** A question to a repository. */
export interface Call {
  readonly method: 'GET' | 'HEAD';
  /** Below `/v2/<repository>/`. */
  readonly path: string;
  /** Instead of everything: the path and query of a following page. */
  readonly fullPath?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Which mirrors may be asked. */
  readonly by: 'tag' | 'digest' | 'list';
  readonly limit: ByteLimit;
  readonly stream?: boolean;
}

/** An answer with 200, or 304 to a conditional request. */
export interface Reply extends Omit<RawResponse, 'stream'> {
  readonly stream: BodyStream | undefined;
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  readonly credential: CredentialUse;
}

/** Path and query of a question. */
export function pathOf({ pathPrefix, repository, ns }: Endpoint, call: Call): string {
  if (call.fullPath !== undefined) return call.fullPath;
  const path =
    repository === '' ? `${pathPrefix}/v2/` : `${pathPrefix}/v2/${repository}/${call.path}`;
  if (ns === undefined) return path;
  return `${path}${path.includes('?') ? '&' : '?'}ns=${encodeURIComponent(ns)}`;
}

/** A header's one value; several are joined by commas, as HTTP means them. */
export function headerOf(
  { headers }: Pick<RawResponse, 'headers'>,
  name: string,
): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value.join(', ') : value;
}
