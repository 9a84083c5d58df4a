/**
 * The shape of a kind, written once as a TypeScript value. OpenAPI v2 and v3, strict decoding, defaulting, strategic
 * merge patch and server-side apply are all driven by it.
 */
export interface Schema {
  /** The definition's name in OpenAPI (`com.github.openshift.api.image.v1.ImageStream`); a schema without one is written inline. */
  readonly id?: string;
  readonly type?: SchemaType;
  readonly format?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  /** Of an array. */
  readonly items?: Schema;
  /** Of a map: the shape of every value. */
  readonly additionalProperties?: Schema;
  readonly default?: unknown;
  /** Any fields are kept, none is unknown. */
  readonly preserveUnknown?: boolean;
  /** `x-kubernetes-patch-merge-key`: how strategic merge patch tells the items of a list apart. */
  readonly patchMergeKey?: string;
  /** `x-kubernetes-patch-strategy`. */
  readonly patchStrategy?: 'merge' | 'replace' | 'retainKeys' | 'merge,retainKeys';
  /** `x-kubernetes-list-type`; `atomic` when absent. */
  readonly listType?: 'atomic' | 'set' | 'map';
  /** `x-kubernetes-list-map-keys`. */
  readonly listMapKeys?: readonly string[];
  /** `x-kubernetes-map-type`; `granular` when absent. */
  readonly mapType?: 'atomic' | 'granular';
}

export type SchemaType = 'object' | 'array' | 'string' | 'integer' | 'number' | 'boolean';

/** The schema of one field, `undefined` when the schema says nothing about it. */
export function fieldSchema(schema: Schema | undefined, field: string): Schema | undefined {
  if (schema === undefined) return undefined;
  const { properties } = schema;
  if (properties !== undefined && Object.hasOwn(properties, field)) return properties[field];
  return schema.additionalProperties;
}
