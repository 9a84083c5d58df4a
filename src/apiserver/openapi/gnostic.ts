/**
 * The OpenAPI 2.0 document in protobuf, which oc, Argo CD and `kubectl apply` of a List ask for. Field numbers are those
 * of gnostic's openapiv2/OpenAPIv2.proto (package openapi.v2); only what our documents contain is written.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '#src/meta/json.ts';

import { ProtobufWriter } from './protobuf-writer.ts';

/** `openapi.v2.Document` of a document made by `documentV2`. */
export function encodeGnostic(document: JsonObject): Buffer {
  const info = object(document['info']);
  return new ProtobufWriter()
    .string(1, text(document['swagger']))
    .message(
      2,
      new ProtobufWriter().string(1, text(info['title'])).string(2, text(info['version'])),
    )
    .message(8, paths(object(document['paths'])))
    .message(9, namedSchemas(object(document['definitions'])))
    .finish();
}

function paths(items: JsonObject): ProtobufWriter {
  return new ProtobufWriter().messages(
    2,
    Object.entries(items).map(([path, item]) => named(path, pathItem(object(item)))),
  );
}

/** Field numbers of `PathItem`. */
const methods = { get: 2, put: 3, post: 4, delete: 5, patch: 8 } as const;

function pathItem(item: JsonObject): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const [method, field] of Object.entries(methods)) {
    const value = item[method];
    if (value !== undefined) writer.message(field, operation(object(value)));
  }
  return writer.messages(9, list(item['parameters']).map(parameter));
}

function operation(value: JsonObject): ProtobufWriter {
  return new ProtobufWriter()
    .strings(1, texts(value['tags']))
    .string(3, text(value['description']))
    .string(5, text(value['operationId']))
    .strings(6, texts(value['produces']))
    .strings(7, texts(value['consumes']))
    .messages(8, list(value['parameters']).map(parameter))
    .message(9, responses(object(value['responses'])))
    .strings(10, texts(value['schemes']))
    .boolean(11, value['deprecated'] === true)
    .messages(13, extensions(value));
}

/** `ParametersItem` of a `Parameter`: bodies are one message, everything else another. */
function parameter(value: JsonValue): ProtobufWriter {
  const fields = object(value);
  const kind = fields['in'] === 'body' ? bodyParameter(fields) : nonBodyParameter(fields);
  return new ProtobufWriter().message(1, kind);
}

function bodyParameter(fields: JsonObject): ProtobufWriter {
  return new ProtobufWriter().message(
    1,
    new ProtobufWriter()
      .string(2, text(fields['name']))
      .string(3, 'body')
      .boolean(4, fields['required'] === true)
      .message(5, schema(object(fields['schema']))),
  );
}

function nonBodyParameter(fields: JsonObject): ProtobufWriter {
  const isQuery = fields['in'] === 'query';
  const common = new ProtobufWriter()
    .boolean(1, fields['required'] === true)
    .string(2, text(fields['in']))
    .string(3, text(fields['description']))
    .string(4, text(fields['name']))
    // A query parameter has `allow_empty_value` before its type.
    .string(isQuery ? 6 : 5, text(fields['type']))
    .boolean(isQuery ? 20 : 19, fields['uniqueItems'] === true);
  return new ProtobufWriter().message(2, new ProtobufWriter().message(isQuery ? 3 : 4, common));
}

function responses(value: JsonObject): ProtobufWriter {
  return new ProtobufWriter().messages(
    1,
    Object.entries(value).map(([code, response]) => {
      const fields = object(response);
      const answered = fields['schema'];
      const message = new ProtobufWriter()
        .string(1, text(fields['description']))
        .message(
          2,
          answered === undefined
            ? undefined
            : new ProtobufWriter().message(1, schema(object(answered))),
        );
      return named(code, new ProtobufWriter().message(1, message));
    }),
  );
}

function schema(value: JsonObject): ProtobufWriter {
  const type = text(value['type']);
  const { items, additionalProperties, properties } = value;
  return new ProtobufWriter()
    .string(1, text(value['$ref']))
    .string(2, text(value['format']))
    .string(4, text(value['description']))
    .message(5, value['default'] === undefined ? undefined : any(value['default']))
    .strings(19, texts(value['required']))
    .message(
      21,
      additionalProperties === undefined
        ? undefined
        : new ProtobufWriter().message(1, schema(object(additionalProperties))),
    )
    .message(22, type === undefined ? undefined : new ProtobufWriter().strings(1, [type]))
    .message(
      23,
      items === undefined ? undefined : new ProtobufWriter().message(1, schema(object(items))),
    )
    .message(25, properties === undefined ? undefined : namedSchemas(object(properties)))
    .messages(31, extensions(value));
}

/** `Definitions` and `Properties` have the same shape. */
function namedSchemas(value: JsonObject): ProtobufWriter {
  return new ProtobufWriter().messages(
    1,
    Object.entries(value).map(([name, each]) => named(name, schema(object(each)))),
  );
}

function extensions(value: JsonObject): ProtobufWriter[] {
  return Object.entries(value)
    .filter(([name]) => name.startsWith('x-'))
    .map(([name, each]) => named(name, any(each)));
}

/** `Any`: the value as YAML, of which JSON is a part. */
function any(value: JsonValue): ProtobufWriter {
  return new ProtobufWriter().string(2, `${JSON.stringify(value)}\n`);
}

function named(name: string, value: ProtobufWriter): ProtobufWriter {
  return new ProtobufWriter().string(1, name).message(2, value);
}

function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function texts(value: JsonValue | undefined): string[] {
  return list(value).filter((each) => typeof each === 'string');
}
