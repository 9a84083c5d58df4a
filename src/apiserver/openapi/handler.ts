import { createHash } from 'node:crypto';

import { apiVersion, type Catalog } from '../catalog.ts';
import { matches } from '../discovery/discovery.ts';
import { covers, notAcceptable, parseAccept } from '../http/accept.ts';
import type { ApiRequest, WholeResponse } from '../http/messages.ts';
import type { PathHandler } from '../http/pipeline.ts';
import { documentV2 } from './document-v2.ts';
import { documentV3 } from './document-v3.ts';
import { encodeGnostic } from './gnostic.ts';

/** A document with its entity tag, made when it is first asked for. */
interface Entity {
  readonly body: string | Buffer;
  readonly contentType: string;
  readonly hash: string;
}

const gnosticType = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';
/** What clients ask for has an @ that is not legal in a media type; the answer goes without it. */
const gnosticRequests: ReadonlySet<string> = new Set([
  'application/com.github.proto-openapi.spec.v2@v1.0+protobuf',
  gnosticType,
]);

/** Serves `/openapi/v2` as JSON and protobuf, and `/openapi/v3` with one document for each group and version. */
export function openApiHandler(catalog: Catalog, version: string): PathHandler {
  const v2 = cached(() => jsonEntity(documentV2(catalog, version)));
  const gnostic = cached(() => entity(encodeGnostic(documentV2(catalog, version)), gnosticType));
  const groups = new Map(
    catalog.groupVersions.map((groupVersion) => [
      pathOf(groupVersion),
      cached(() => jsonEntity(documentV3(groupVersion, version))),
    ]),
  );
  const index = cached(() => jsonEntity(indexDocument(groups)));
  return (request) => {
    const path = request.path.replace(/\/$/, '');
    if (path === '/openapi/v2') {
      const found = acceptsGnostic(request) ? gnostic() : v2();
      return Promise.resolve(respond(request, found));
    }
    if (path === '/openapi/v3') return Promise.resolve(respond(request, index()));
    const group = groups.get(path.replace('/openapi/v3/', ''));
    return Promise.resolve(group === undefined ? undefined : respond(request, group()));
  };
}

function indexDocument(groups: ReadonlyMap<string, () => Entity>): unknown {
  const paths = [...groups].map(([name, document]) => [
    name,
    { serverRelativeURL: `/openapi/v3/${name}?hash=${document().hash}` },
  ]);
  return { paths: Object.fromEntries(paths) as unknown };
}

function respond(request: ApiRequest, { body, contentType, hash }: Entity): WholeResponse {
  const etag = `"${hash}"`;
  const headers = {
    'content-type': contentType,
    etag,
    vary: 'Accept',
    // A hash in the URL names the content: it never changes.
    'cache-control': request.query.has('hash') ? 'public, immutable' : 'no-cache, private',
  };
  return matches(request.headers['if-none-match'], etag)
    ? { status: 304, headers, body: '' }
    : { status: 200, headers, body };
}

function acceptsGnostic({ headers }: ApiRequest): boolean {
  for (const { type } of parseAccept(headers.accept)) {
    if (gnosticRequests.has(type)) return true;
    if (covers(type, 'application/json')) return false;
  }
  throw notAcceptable();
}

function pathOf({ group, version }: { readonly group: string; readonly version: string }): string {
  return group === '' ? `api/${version}` : `apis/${apiVersion(group, version)}`;
}

function jsonEntity(document: unknown): Entity {
  return entity(JSON.stringify(document), 'application/json');
}

function entity(body: string | Buffer, contentType: string): Entity {
  const hash = createHash('sha512').update(body).digest('hex').toUpperCase();
  return { body, contentType, hash };
}

function cached<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
