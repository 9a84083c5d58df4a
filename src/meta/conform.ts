import { cloneJson, isJsonObject, type JsonObject, type JsonValue } from './json.ts';
import { fieldSchema, type Schema } from './schema.ts';

/** A value made to fit its schema. */
export interface Conformed {
  /** Without unknown fields and with defaults where fields are absent. */
  readonly value: JsonValue;
  /** Paths of the fields that the schema does not have: `spec.tags[0].bogus`. */
  readonly unknown: readonly string[];
  /** The first value of a wrong type, in the words of Go's decoder; `undefined` when all are right. */
  readonly mismatch: string | undefined;
}

/**
 * Compares a value with a schema: drops unknown fields, fills defaults, finds values of a wrong type. Null is what Go
 * makes of it: a field that is absent, and the empty value as an item of a list or map.
 */
export function conform(value: JsonValue, schema: Schema): Conformed {
  const walk: Walk = { unknown: [], mismatches: [] };
  const root: Place = { path: '', jsonPath: '', owner: typeName(schema) };
  const result = conformed(value, schema, root, walk);
  return { value: result, unknown: walk.unknown, mismatch: walk.mismatches[0] };
}

interface Walk {
  readonly unknown: string[];
  readonly mismatches: string[];
}

interface Place {
  /** `spec.tags[0].from` */
  readonly path: string;
  /** As Go's decoder says it, without indices: `spec.tags.from`. */
  readonly jsonPath: string;
  /** The type whose field this is. */
  readonly owner: string;
}

function conformed(value: JsonValue, schema: Schema, place: Place, walk: Walk): JsonValue {
  if (value === null || schema.type === undefined) return untyped(value, schema, place, walk);
  if (!hasType(value, schema)) {
    walk.mismatches.push(
      `json: cannot unmarshal ${jsonType(value)} into Go struct field ${place.owner}.${place.jsonPath} of type ${goType(schema)}`,
    );
    return value;
  }
  return untyped(value, schema, place, walk);
}

function untyped(value: JsonValue, schema: Schema, place: Place, walk: Walk): JsonValue {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items === undefined) return value;
    return value.map((item, index) =>
      conformed(item ?? emptyOf(items), items, { ...place, path: `${place.path}[${index}]` }, walk),
    );
  }
  return isJsonObject(value) ? conformedObject(value, schema, place, walk) : value;
}

function conformedObject(value: JsonObject, schema: Schema, place: Place, walk: Walk): JsonObject {
  const open = schema.preserveUnknown === true || isAnything(schema);
  const owner = schema.properties === undefined ? place.owner : typeName(schema);
  const fields: [string, JsonValue][] = [];
  for (const [field, item] of Object.entries(value)) {
    const known = fieldSchema(schema, field);
    const inner = { path: join(place.path, field), jsonPath: join(place.jsonPath, field), owner };
    if (known !== undefined) {
      const isField = schema.properties !== undefined && Object.hasOwn(schema.properties, field);
      if (item === null && isField) continue;
      fields.push([field, conformed(item ?? emptyOf(known), known, inner, walk)]);
    } else if (open) fields.push([field, item]);
    else walk.unknown.push(inner.path);
  }
  return Object.fromEntries([...fields, ...defaultsOf(value, schema)]);
}

function defaultsOf(value: JsonObject, { properties = {} }: Schema): [string, JsonValue][] {
  return Object.entries(properties)
    .filter(
      ([field, each]) =>
        each.default !== undefined && (!Object.hasOwn(value, field) || value[field] === null),
    )
    .map(([field, each]) => [field, cloneJson(each.default as JsonValue)]);
}

function emptyOf({ type }: Schema): JsonValue {
  switch (type) {
    case 'object':
      return {};
    case 'array':
      return [];
    case 'string':
      return '';
    case 'integer':
    case 'number':
      return 0;
    case 'boolean':
      return false;
    case undefined:
      break;
  }
  return null;
}

function isAnything({ properties, additionalProperties }: Schema): boolean {
  return properties === undefined && additionalProperties === undefined;
}

function hasType(value: JsonValue, { type, format }: Schema): boolean {
  if (format === 'int-or-string') return typeof value === 'string' || Number.isInteger(value);
  switch (type) {
    case 'object':
      return isJsonObject(value);
    case 'array':
      return Array.isArray(value);
    case 'integer':
      return Number.isInteger(value);
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    case undefined:
      break;
  }
  return true;
}

function jsonType(value: JsonValue): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' && !Number.isInteger(value)) return `number ${value}`;
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

function goType(schema: Schema): string {
  const { type, format, items, additionalProperties } = schema;
  if (type === 'array') return `[]${items === undefined ? 'interface {}' : goType(items)}`;
  if (additionalProperties !== undefined) return `map[string]${goType(additionalProperties)}`;
  if (type === 'integer') return format ?? 'int64';
  if (type === 'boolean') return 'bool';
  if (type === 'number') return 'float64';
  return type === 'object' ? `v1.${typeName(schema)}` : 'string';
}

/** `ImageStreamSpec` of `com.github.openshift.api.image.v1.ImageStreamSpec`. */
function typeName({ id }: Schema): string {
  return id?.split('.').at(-1) ?? '';
}

function join(path: string, field: string): string {
  return path === '' ? field : `${path}.${field}`;
}
