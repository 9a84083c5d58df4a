import { cloneJson, isJsonObject, type JsonObject, type JsonValue, setField } from './json.ts';
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
  const root: Place = { above: undefined, step: '', owner: typeName(schema) };
  const result = conformed(value, schema, root, walk);
  return { value: result, unknown: walk.unknown, mismatch: walk.mismatches[0] };
}

interface Walk {
  readonly unknown: string[];
  readonly mismatches: string[];
}

/** Where a value stands, as steps: most of them are never said. */
interface Place {
  readonly above: Place | undefined;
  /** A field, or the index of an item; empty at the top. */
  readonly step: string | number;
  /** The type whose field this is. */
  readonly owner: string;
}

function conformed(value: JsonValue, schema: Schema, place: Place, walk: Walk): JsonValue {
  if (value === null || schema.type === undefined) return untyped(value, schema, place, walk);
  if (!hasType(value, schema)) {
    walk.mismatches.push(
      `json: cannot unmarshal ${jsonType(value)} into Go struct field ${place.owner}.${jsonPathOf(place)} of type ${goType(schema)}`,
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
      conformed(
        item ?? emptyOf(items),
        items,
        { above: place, step: index, owner: place.owner },
        walk,
      ),
    );
  }
  return isJsonObject(value) ? conformedObject(value, schema, place, walk) : value;
}

function conformedObject(value: JsonObject, schema: Schema, place: Place, walk: Walk): JsonObject {
  const open = schema.preserveUnknown === true || isAnything(schema);
  const owner = schema.properties === undefined ? place.owner : typeName(schema);
  const result: JsonObject = {};
  for (const [field, item] of Object.entries(value)) {
    const known = fieldSchema(schema, field);
    const inner = { above: place, step: field, owner };
    if (known !== undefined) {
      const isField = schema.properties !== undefined && Object.hasOwn(schema.properties, field);
      if (item === null && isField) continue;
      setField(result, field, conformed(item ?? emptyOf(known), known, inner, walk));
    } else if (open) setField(result, field, item);
    else walk.unknown.push(pathOf(inner));
  }
  fillDefaults(result, value, schema);
  return result;
}

function fillDefaults(result: JsonObject, value: JsonObject, schema: Schema): void {
  for (const [field, filling] of defaultsOf(schema))
    if (!Object.hasOwn(value, field) || value[field] === null) result[field] = cloneJson(filling);
}

type Defaults = readonly (readonly [field: string, filling: JsonValue])[];

const knownDefaults = new WeakMap<Schema, Defaults>();

/** The fields of a type that have one. */
function defaultsOf(schema: Schema): Defaults {
  let defaults = knownDefaults.get(schema);
  if (defaults === undefined) {
    defaults = Object.entries(schema.properties ?? {})
      .filter(([, each]) => each.default !== undefined)
      .map(([field, each]) => [field, each.default as JsonValue] as const);
    knownDefaults.set(schema, defaults);
  }
  return defaults;
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

/** `spec.tags[0].from` */
function pathOf({ above, step }: Place): string {
  if (above === undefined) return '';
  const path = pathOf(above);
  if (typeof step === 'number') return `${path}[${step}]`;
  return path === '' ? step : `${path}.${step}`;
}

/** As Go's decoder says it, without indices: `spec.tags.from`. */
function jsonPathOf({ above, step }: Place): string {
  if (above === undefined) return '';
  const path = jsonPathOf(above);
  if (typeof step === 'number') return path;
  return path === '' ? step : `${path}.${step}`;
}
