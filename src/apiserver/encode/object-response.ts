import { stringify } from 'yaml';

import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { badRequest, type Status, StatusError } from '#src/meta/status.ts';

import { type Negotiated, negotiate } from '../http/accept.ts';
import type { WholeResponse } from '../http/messages.ts';
import type { VerbCall } from '../verbs/call.ts';
import { jsonLine, listLine } from './json-bytes.ts';
import { partialMetadata, partialMetadataList } from './partial-metadata.ts';
import { type IncludeObject, type TableOptions, toTable } from './table.ts';

/** What every answer about resources says of caching: it is about this moment and this user, and may be a secret. */
export const objectHeaders = {
  'cache-control': 'no-cache, no-store, private',
  vary: 'Accept, Authorization',
} as const;

/**
 * Answers with an object, a list or a status the way the client asked for it: JSON or YAML, whole, as a table or as
 * metadata only.
 * @throws {StatusError} 406
 */
export function objectResponse(
  call: VerbCall,
  status: number,
  value: KubeObject | KubeList | Status,
): WholeResponse {
  const negotiated = negotiate(call.request.headers.accept);
  const body = isStatus(value) ? completeStatus(value) : transformed(call, negotiated, value);
  return negotiated.encoding === 'yaml'
    ? {
        status,
        headers: { ...objectHeaders, 'content-type': 'application/yaml' },
        body: stringify(body, { aliasDuplicateObjects: false }),
      }
    : {
        status,
        headers: { ...objectHeaders, 'content-type': 'application/json' },
        body: isList(body) ? listLine(body) : jsonLine(body),
      };
}

/** How rows are made for this request. */
export function tableOptions(call: VerbCall, apiVersion: string): TableOptions {
  return {
    columns: call.target.columns,
    apiVersion,
    includeObject: includeObject(call.request.query),
    now: call.now,
  };
}

function transformed(
  call: VerbCall,
  { transform }: Negotiated,
  value: KubeObject | KubeList,
): object {
  if (transform === undefined) return value;
  const { kind, apiVersion } = transform;
  if (kind === 'Table') {
    const options = tableOptions(call, apiVersion);
    if (isList(value)) return toTable(value.items, value.metadata, options);
    const { resourceVersion } = value.metadata;
    return toTable([value], resourceVersion === undefined ? {} : { resourceVersion }, options);
  }
  return isList(value)
    ? partialMetadataList(value, apiVersion)
    : partialMetadata(value, apiVersion);
}

function includeObject(query: URLSearchParams): IncludeObject {
  const value = query.get('includeObject') ?? '';
  if (value === '' || value === 'Metadata') return 'Metadata';
  if (value === 'None' || value === 'Object') return value;
  throw new StatusError(badRequest(`unrecognized includeObject value: ${JSON.stringify(value)}`));
}

function isList(value: object): value is KubeList {
  return 'items' in value && Array.isArray(value.items);
}

function isStatus(value: KubeObject | KubeList | Status): value is Status {
  return 'status' in value && (value.status === 'Success' || value.status === 'Failure');
}

function completeStatus(status: Status): Status {
  return { kind: 'Status', apiVersion: 'v1', ...status };
}
