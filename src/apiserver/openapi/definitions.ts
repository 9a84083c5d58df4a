import { listMetaSchema, objectMetaSchema } from '#src/meta/object-schema.ts';
import type { Schema } from '#src/meta/schema.ts';

import { targetOf } from '../catalog.ts';
import type { Resource, Subresource } from '../resource.ts';
import { statusSchema } from './status-schema.ts';

/** A kind by group and version. */
export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** A named schema, with the kinds that it describes. */
export interface Definition {
  readonly schema: Schema;
  readonly kinds: readonly GroupVersionKind[];
}

/** What a kind looks like in the documents. */
export interface KindSchemas {
  readonly kind: GroupVersionKind;
  readonly object: Schema;
  readonly list: Schema;
}

/** The schemas of a resource's or subresource's kind and of its list; a kind without schema has only metadata. */
export function kindSchemas(resource: Resource, subresource?: Subresource): KindSchemas {
  const { kind, schema } = targetOf(resource, subresource);
  const group = subresource?.group ?? resource.group;
  const version = subresource?.version ?? resource.version;
  const object = withId(schema ?? unknownKind, `dev.sluice.${group || 'core'}.${version}.${kind}`);
  return { kind: { group, version, kind }, object, list: listOf(object, kind) };
}

/** All named schemas that the kinds need, by name. */
export function collectDefinitions(kinds: readonly KindSchemas[]): ReadonlyMap<string, Definition> {
  const definitions = new Map<string, { schema: Schema; kinds: GroupVersionKind[] }>();
  for (const { kind, object, list } of kinds) {
    collect(object, definitions);
    collect(list, definitions);
    addKind(definitions, object, kind);
    addKind(definitions, list, { ...kind, kind: `${kind.kind}List` });
  }
  collect(statusSchema, definitions);
  addKind(definitions, statusSchema, { group: '', version: 'v1', kind: 'Status' });
  return new Map([...definitions].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

type Collected = Map<string, { schema: Schema; kinds: GroupVersionKind[] }>;

function collect(schema: Schema, definitions: Collected): void {
  if (schema.id !== undefined) {
    if (definitions.has(schema.id)) return;
    definitions.set(schema.id, { schema, kinds: [] });
  }
  const inner = [
    ...Object.values(schema.properties ?? {}),
    schema.items,
    schema.additionalProperties,
  ];
  for (const each of inner) if (each !== undefined) collect(each, definitions);
}

function addKind(definitions: Collected, schema: Schema, kind: GroupVersionKind): void {
  const kinds = definitions.get(schema.id ?? '')?.kinds;
  const known = kinds?.some(
    (each) => each.group === kind.group && each.version === kind.version && each.kind === kind.kind,
  );
  if (known === false) kinds?.push(kind);
}

function withId(schema: Schema, id: string): Schema {
  return schema.id === undefined ? { ...schema, id } : schema;
}

const text: Schema = { type: 'string' };
const typeMeta = {
  apiVersion: { ...text, description: 'Group and version of the kind.' },
  kind: { ...text, description: 'What the object is.' },
} as const;

const unknownKind: Schema = {
  type: 'object',
  description: 'An object of which only the metadata is described.',
  preserveUnknown: true,
  properties: { ...typeMeta, metadata: objectMetaSchema },
};

function listOf(object: Schema, kind: string): Schema {
  return {
    id: `${object.id}List`,
    type: 'object',
    description: `A list of ${kind} objects.`,
    required: ['items'],
    properties: {
      ...typeMeta,
      metadata: listMetaSchema,
      items: { type: 'array', description: 'The objects.', items: object },
    },
  };
}
