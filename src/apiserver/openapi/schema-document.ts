import type { JsonObject, JsonValue } from '#src/meta/json.ts';
import type { Schema } from '#src/meta/schema.ts';

import type { Definition, GroupVersionKind } from './definitions.ts';

/** The two versions differ in where definitions live and in what may stand beside a reference. */
export type OpenApiVersion = 'v2' | 'v3';

const roots: Readonly<Record<OpenApiVersion, string>> = {
  v2: '#/definitions/',
  v3: '#/components/schemas/',
};

/** A definition in full. */
export function definitionDocument(
  { schema, kinds }: Definition,
  version: OpenApiVersion,
): JsonObject {
  return {
    ...description(schema),
    ...body(schema, version),
    ...(kinds.length === 0
      ? {}
      : { 'x-kubernetes-group-version-kind': kinds.map((kind) => kindDocument(kind)) }),
  };
}

/** A schema where it is used: named ones are referred to. */
function schemaDocument(schema: Schema, version: OpenApiVersion): JsonObject {
  if (schema.id === undefined) return { ...description(schema), ...body(schema, version) };
  const reference = { $ref: `${roots[version]}${schema.id}` };
  const beside = { ...description(schema), ...defaultOf(schema), ...patchExtensions(schema) };
  if (Object.keys(beside).length === 0) return reference;
  // In OpenAPI 3.0 whatever stands beside a reference is ignored.
  return version === 'v2' ? { ...beside, ...reference } : { ...beside, allOf: [reference] };
}

export function referenceDocument(schema: Schema, version: OpenApiVersion): JsonObject {
  return { $ref: `${roots[version]}${schema.id}` };
}

export function kindDocument({ group, version, kind }: GroupVersionKind): JsonObject {
  return { group, version, kind };
}

function body(schema: Schema, version: OpenApiVersion): JsonObject {
  const { type, format, required, properties, items, additionalProperties } = schema;
  return {
    ...(type === undefined ? {} : { type }),
    ...(format === undefined ? {} : { format }),
    ...(required === undefined || required.length === 0 ? {} : { required: [...required] }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(
            Object.entries(properties).map(([field, each]) => [
              field,
              schemaDocument(each, version),
            ]),
          ),
        }),
    ...(items === undefined ? {} : { items: schemaDocument(items, version) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: schemaDocument(additionalProperties, version) }),
    ...defaultOf(schema),
    ...patchExtensions(schema),
    ...structureExtensions(schema),
  };
}

function description(schema: Schema): JsonObject {
  return schema.description === undefined ? {} : { description: schema.description };
}

function defaultOf(schema: Schema): JsonObject {
  return schema.default === undefined ? {} : { default: schema.default as JsonValue };
}

function patchExtensions({ patchMergeKey, patchStrategy }: Schema): JsonObject {
  return {
    ...(patchMergeKey === undefined ? {} : { 'x-kubernetes-patch-merge-key': patchMergeKey }),
    ...(patchStrategy === undefined ? {} : { 'x-kubernetes-patch-strategy': patchStrategy }),
  };
}

function structureExtensions(schema: Schema): JsonObject {
  const { listType, listMapKeys, mapType, preserveUnknown, properties } = schema;
  return {
    ...(listType === undefined ? {} : { 'x-kubernetes-list-type': listType }),
    ...(listMapKeys === undefined ? {} : { 'x-kubernetes-list-map-keys': [...listMapKeys] }),
    ...(mapType === undefined ? {} : { 'x-kubernetes-map-type': mapType }),
    ...(preserveUnknown === true && properties !== undefined
      ? { 'x-kubernetes-preserve-unknown-fields': true }
      : {}),
  };
}
