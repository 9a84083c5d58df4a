import { type FieldError, unsupported } from '#src/meta/field-error.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '#src/meta/json.ts';
import { badRequest, refuseInvalid, StatusError } from '#src/meta/status.ts';

import type { ApiRequest } from '../http/messages.ts';
import type { DeleteOptions } from '../resource.ts';
import { integer } from '../verbs/list-query.ts';
import { dryRunErrors } from '../verbs/write-options.ts';
import { bodyFormat } from './content-type.ts';
import { decodeProtobuf } from './protobuf.ts';
import { parseJsonOrYaml, ParseError } from './parse.ts';

const policies: readonly string[] = ['Foreground', 'Background', 'Orphan'];

/**
 * The options of a delete, from the body where there is one, else from the query. The body may call itself by any
 * group: `oc` sends `DeleteOptions` of `image.openshift.io/v1`.
 * @throws {StatusError} 400, 415, 422
 */
export function decodeDeleteOptions(request: ApiRequest): DeleteOptions {
  const body = request.body.length === 0 ? fromQuery(request.query) : fromBody(request);
  const dryRun = [...strings(body['dryRun']), ...request.query.getAll('dryRun')];
  const policy = body['propagationPolicy'];
  const errors: FieldError[] = dryRunErrors(dryRun);
  if (typeof policy === 'string' && !policies.includes(policy))
    errors.push(unsupported('propagationPolicy', policy, [...policies, 'nil']));
  refuseInvalid({ group: 'meta.k8s.io', kind: 'DeleteOptions' }, '', errors);
  const grace = body['gracePeriodSeconds'];
  return {
    dryRun: dryRun.length > 0,
    ...preconditions(body['preconditions']),
    ...(typeof policy === 'string' ? { propagationPolicy: policy } : {}),
    ...(typeof grace === 'number' ? { gracePeriodSeconds: grace } : {}),
  };
}

function fromBody(request: ApiRequest): JsonObject {
  if (bodyFormat(request.headers['content-type']) === 'protobuf')
    return decodeProtobuf(request.body);
  try {
    const value = parseJsonOrYaml(request.body.toString());
    if (isJsonObject(value)) return value;
    throw new ParseError('it is not an object');
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new StatusError(badRequest(`the delete options cannot be read: ${error.message}`));
  }
}

function fromQuery(query: URLSearchParams): JsonObject {
  const grace = integer(query, 'gracePeriodSeconds');
  const policy = query.get('propagationPolicy');
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: grace }),
    ...(policy === null || policy === '' ? {} : { propagationPolicy: policy }),
  };
}

function preconditions(value: JsonValue | undefined): Pick<DeleteOptions, 'preconditions'> {
  if (value === undefined || !isJsonObject(value)) return {};
  const { uid, resourceVersion } = value;
  return {
    preconditions: {
      ...(typeof uid === 'string' && uid !== '' ? { uid } : {}),
      ...(typeof resourceVersion === 'string' && resourceVersion !== '' ? { resourceVersion } : {}),
    },
  };
}

function strings(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
