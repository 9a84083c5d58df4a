import type { JsonObject, JsonValue } from '#src/meta/json.ts';
import type { Schema } from '#src/meta/schema.ts';

import type { Definition, GroupVersionKind } from './definitions.ts';

export type Definitions = ReadonlyMap<string, Definition>;

/** The two versions differ in where definitions live and in what may stand beside a reference. */
export type OpenApiVersion = 'v2' | 'v3';

const roots: Readonly<Record<OpenApiVersion, string>> = {
  v2: '#/definitions/',
  v3: '#/components/schemas/',
};

/** Every definition in full, by name. */
export function definitionDocuments(definitions: Definitions, version: OpenApiVersion): JsonObject {
  const render = { version, definitions };
  return Object.fromEntries(
    [...definitions].map(([name, definition]) => [name, definitionDocument(definition, render)]),
  );
}

interface Render {
  readonly version: OpenApiVersion;
  readonly definitions: Definitions;
}

function definitionDocument({ schema, kinds }: Definition, render: Render): JsonObject {
  return {
    // A text that is a time is described where it is used.
    ...(schema.type === 'object' ? description(schema) : {}),
    ...body(schema, render),
    ...(kinds.length === 0
      ? {}
      : { 'x-kubernetes-group-version-kind': kinds.map((kind) => kindDocument(kind)) }),
  };
}

/** A schema where it is used: named ones are referred to. */
function schemaDocument(schema: Schema, render: Render): JsonObject {
  if (schema.id === undefined) return { ...description(schema), ...body(schema, render) };
  const { version, definitions } = render;
  const reference = { $ref: `${roots[version]}${schema.id}` };
  const told = definitions.get(schema.id)?.schema;
  const saysMore = told?.type !== 'object' || told.description !== schema.description;
  const beside = {
    ...(saysMore ? description(schema) : {}),
    ...defaultOf(schema),
    ...patchExtensions(schema),
  };
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

function body(schema: Schema, render: Render): JsonObject {
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
              schemaDocument(each, render),
            ]),
          ),
        }),
    ...(items === undefined ? {} : { items: schemaDocument(items, render) }),
    ...(additionalProperties === undefined
      ? {}
      : { additionalProperties: schemaDocument(additionalProperties, render) }),
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
