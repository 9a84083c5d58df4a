import { createHash } from 'node:crypto';

import type { Catalog } from '../catalog.ts';
import { covers, notAcceptable, parseAccept } from '../http/accept.ts';
import { type ApiRequest, type ApiResponse, jsonResponse } from '../http/messages.ts';
import type { PathHandler } from '../http/pipeline.ts';
import { pathSegments } from '../http/request-info.ts';
import { aggregatedDiscovery, type AggregatedVersion } from './aggregated.ts';
import { coreVersions, groupDocument, groupList, resourceList } from './documents.ts';

/** Serves `/api`, `/apis` and what is below them as far as it says what is served. */
export function discoveryHandler(catalog: Catalog): PathHandler {
  return (request) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return Promise.resolve(undefined);
    const [root, ...rest] = pathSegments(request.path);
    if (root !== 'api' && root !== 'apis') return Promise.resolve(undefined);
    if (rest.length === 0) return Promise.resolve(rootDocument(catalog, request, root === 'api'));
    const document = lowerDocument(catalog, root === 'api' ? ['', ...rest] : rest);
    return Promise.resolve(document === undefined ? undefined : jsonResponse(200, document));
  };
}

function lowerDocument(catalog: Catalog, [group = '', version, more]: readonly string[]): unknown {
  if (more !== undefined) return undefined;
  if (version === undefined) return groupDocument(catalog, group);
  const found = catalog.group(group).find((each) => each.version === version);
  return found === undefined ? undefined : resourceList(found);
}

function rootDocument(catalog: Catalog, request: ApiRequest, core: boolean): ApiResponse {
  const format = rootFormat(request.headers.accept);
  const document =
    format === 'plain' ? plainDocument(catalog, core) : aggregatedDiscovery(catalog, core, format);
  const response = jsonResponse(200, document, {
    vary: 'Accept',
    // Negotiated exactly: a client given another version than it knows fails for good.
    'content-type':
      format === 'plain'
        ? 'application/json'
        : `application/json;g=apidiscovery.k8s.io;v=${format};as=APIGroupDiscoveryList`,
  });
  if (format === 'plain') return response;
  const etag = `"${createHash('sha512').update(response.body).digest('hex').toUpperCase()}"`;
  const headers = { ...response.headers, etag, 'cache-control': 'public' };
  return matches(request.headers['if-none-match'], etag)
    ? { status: 304, headers, body: '' }
    : { ...response, headers };
}

function plainDocument(catalog: Catalog, core: boolean): unknown {
  return core ? coreVersions(catalog) : groupList(catalog);
}

function rootFormat(accept: string | undefined): AggregatedVersion | 'plain' {
  for (const { type, parameters } of parseAccept(accept)) {
    if (!covers(type, 'application/json')) continue;
    if (!parameters.has('as') && !parameters.has('g')) return 'plain';
    const version = parameters.get('v');
    const aggregated =
      parameters.get('as') === 'APIGroupDiscoveryList' &&
      parameters.get('g') === 'apidiscovery.k8s.io';
    if (aggregated && (version === 'v2' || version === 'v2beta1')) return version;
  }
  throw notAcceptable();
}

/** Whether an `If-None-Match` header names the entity; weak tags count (RFC 9110 13.1.2). */
export function matches(header: string | undefined, etag: string): boolean {
  const tags = new Set((header ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, '')));
  return tags.has(etag) || tags.has('*');
}
