/**
 * One step of a path to a field, as FieldsV1 writes it: `f:NAME` a field, `k:{…}` an item of a list by its keys,
 * `v:VALUE` an item of a set by its value.
 */
import { isJsonObject, type JsonObject, type JsonValue, ownField } from '../json.ts';
import type { Schema } from '../schema.ts';

export type PathElement = string;
export type Path = readonly PathElement[];

/** Why the fields of an object cannot be told apart. */
export class FieldPathError extends Error {
  override readonly name = 'FieldPathError';
}

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

/**
 * How an item of a list of type `map` or `set` is told apart from the others.
 * @throws {FieldPathError} when it lacks its key
 */
export function itemElement(item: JsonValue, schema: Schema): PathElement {
  if (schema.listType !== 'map') return `v:${JSON.stringify(item)}`;
  const { listMapKeys = [] } = schema;
  const [only] = listMapKeys;
  if (only !== undefined && listMapKeys.length === 1)
    return `k:{${JSON.stringify(only)}:${JSON.stringify(keyValue(item, only, schema))}}`;
  const keys = listMapKeys.toSorted();
  const values = keys.map((key) => [key, keyValue(item, key, schema)] as const);
  return `k:${JSON.stringify(Object.fromEntries(values))}`;
}

/** The path as conflicts show it: `.spec.tags[name="x"].from`, `.metadata.finalizers[="f"]`. */
export function pathText(path: Path): string {
  return path.map(elementText).join('');
}

function keyValue(item: JsonValue, key: string, { items }: Schema): JsonValue {
  if (!isJsonObject(item))
    throw new FieldPathError('an item of a list with keys must be an object');
  const value = ownField(item, key) ?? (items?.properties?.[key]?.default as JsonValue | undefined);
  if (value === undefined || value === null)
    throw new FieldPathError(
      `associative list with keys has an element that omits key field ${JSON.stringify(key)}`,
    );
  return value;
}

function elementText(element: PathElement): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('v:')) return `[=${rest}]`;
  if (!element.startsWith('k:')) return `[${rest}]`;
  const keys = Object.entries(JSON.parse(rest) as JsonObject);
  return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
}
