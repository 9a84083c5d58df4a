import { isJsonObject, type JsonValue } from '#src/meta/json.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import type { VerbCall } from '../verbs/call.ts';
import { bodyFormat } from './content-type.ts';
import { decodeProtobuf } from './protobuf.ts';
import { parseJson, parseJsonOrYaml, ParseError } from './parse.ts';
import { withTextForNumbers } from './text-for-numbers.ts';

/**
 * The object in the body of a create or an update, with kind, apiVersion and namespace filled in from the URL.
 * @throws {StatusError} 400 for a body that is no object of the expected kind, 415
 */
export function decodeObject(call: VerbCall): KubeObject {
  const { request, target } = call;
  const format = bodyFormat(request.headers['content-type']);
  if (format === 'protobuf') return checkedObject(call, decodeProtobuf(request.body));
  const text = request.body.toString();
  try {
    return checkedObject(call, format === 'yaml' ? parseJsonOrYaml(text) : parseJson(text));
  } catch (error) {
    if (!(error instanceof ParseError)) throw error;
    throw new StatusError(
      badRequest(
        `the object provided is unrecognized (must be of type ${target.kind}): couldn't get version/kind; json parse error: ${error.message} (${excerpt(text)})`,
      ),
    );
  }
}

/**
 * A value as an object of the kind that the request is about.
 * @throws {StatusError} 400 when the value says that it is another kind, name or namespace, or is no object
 */
export function checkedObject(call: VerbCall, value: JsonValue): KubeObject {
  const { target, info } = call;
  if (info.groupless === true && target.schema !== undefined)
    return namedObject(call, withTextForNumbers(value, target.schema));
  return namedObject(call, value);
}

function namedObject(call: VerbCall, value: JsonValue): KubeObject {
  const { target, info } = call;
  if (!isJsonObject(value)) throw wrongShape(call, `json: cannot unmarshal ${jsonType(value)}`);
  const { kind = target.kind, apiVersion = target.apiVersion, metadata = {} } = value;
  checkApiVersion(call, apiVersion);
  if (kind !== '' && kind !== target.kind)
    throw new StatusError(
      badRequest(
        `${shown(kind)} in version ${JSON.stringify(info.version)} cannot be handled as a ${target.kind}`,
      ),
    );
  if (metadata !== null && !isJsonObject(metadata))
    throw wrongShape(
      call,
      `json: cannot unmarshal ${jsonType(metadata)} into Go struct field ${target.kind}.metadata of type v1.ObjectMeta`,
    );
  const object = {
    ...value,
    kind: target.kind,
    apiVersion: target.apiVersion,
    metadata: metadata ?? {},
  } as KubeObject;
  return inNamespace(call, object);
}

/** A path from before there were groups takes documents of both times. */
function checkApiVersion({ target, info }: VerbCall, said: JsonValue): void {
  const isOld = info.groupless === true && said === info.version;
  if (said === '' || said === target.apiVersion || isOld) return;
  throw new StatusError(
    badRequest(
      `the API version in the data (${shown(said)}) does not match the expected API version (${target.apiVersion})`,
    ),
  );
}

function inNamespace({ info, target }: VerbCall, object: KubeObject): KubeObject {
  const { namespace = '' } = object.metadata;
  if (
    namespace !== '' &&
    namespace !== info.namespace &&
    (target.resource.namespaced || info.namespace !== '')
  )
    throw new StatusError(
      badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      ),
    );
  if (info.namespace === '') return object;
  return { ...object, metadata: { ...object.metadata, namespace: info.namespace } };
}

function wrongShape({ target, info }: VerbCall, problem: string): StatusError {
  return new StatusError(
    badRequest(
      `${target.kind} in version ${JSON.stringify(info.version)} cannot be handled as a ${target.kind}: ${problem}`,
    ),
  );
}

function jsonType(value: JsonValue): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function shown(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function excerpt(text: string): string {
  return text === '' ? '<empty>' : text.slice(0, 1024);
}
