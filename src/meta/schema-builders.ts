import type { Schema } from './schema.ts';

/** Short forms for writing schemas; every one takes the field's description, which `explain` shows. */
export function string(description?: string): Schema {
  return { type: 'string', ...described(description) };
}

export function boolean(description?: string): Schema {
  return { type: 'boolean', ...described(description) };
}

export function int64(description?: string): Schema {
  return { type: 'integer', format: 'int64', ...described(description) };
}

export function int32(description?: string): Schema {
  return { type: 'integer', format: 'int32', ...described(description) };
}

/** Base64. */
export function bytes(description?: string): Schema {
  return { type: 'string', format: 'byte', ...described(description) };
}

/** RFC 3339. */
export function time(description?: string): Schema {
  return {
    id: 'io.k8s.apimachinery.pkg.apis.meta.v1.Time',
    type: 'string',
    format: 'date-time',
    ...described(description),
  };
}

export function stringMap(description?: string): Schema {
  return { type: 'object', additionalProperties: string(), ...described(description) };
}

export function mapOf(value: Schema, description?: string): Schema {
  return { type: 'object', additionalProperties: value, ...described(description) };
}

/** A list that is replaced as a whole. */
export function listOf(items: Schema, description?: string): Schema {
  return { type: 'array', items, listType: 'atomic', ...described(description) };
}

/** A list whose items are told apart by one field, for strategic merge patch and for server-side apply. */
export function keyedList(items: Schema, key: string, description?: string): Schema {
  return {
    type: 'array',
    items,
    patchStrategy: 'merge',
    patchMergeKey: key,
    listType: 'map',
    listMapKeys: [key],
    ...described(description),
  };
}

/** A named definition with its fields. */
export function definition(
  id: string,
  description: string,
  properties: Readonly<Record<string, Schema>>,
): Schema {
  return { id, type: 'object', description, properties };
}

/** The fields that all conditions have. */
export function conditionFields(types: string, statuses: string): Record<string, Schema> {
  return {
    type: string(types),
    status: string(statuses),
    lastTransitionTime: time('When it last changed.'),
    reason: string('Why, for programs.'),
    message: string('Why, for people.'),
  };
}

function described(description: string | undefined): Pick<Schema, 'description'> {
  return description === undefined ? {} : { description };
}
