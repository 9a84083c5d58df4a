import { isJsonObject, type JsonValue } from '../json.ts';
import type { Schema } from '../schema.ts';

/** How a value is owned: as a whole, field by field, or item by item. */
export type Shape = 'leaf' | 'map' | 'list';

/**
 * How two values of the same field are owned together; either may be missing. Two values of different types, and two
 * that hold nothing, count as a whole, so that nothing, null and empty stay different.
 */
export function sharedShape(
  schema: Schema | undefined,
  left: JsonValue | undefined,
  right: JsonValue | undefined,
): Shape {
  const first = isNothing(left) ? undefined : shapeOf(schema, left);
  const second = isNothing(right) ? undefined : shapeOf(schema, right);
  if (first !== undefined && second !== undefined && first !== second) return 'leaf';
  return isVoid(left) && isVoid(right) ? 'leaf' : (first ?? second ?? 'leaf');
}

/** How one value is owned. Without a word of the schema objects are owned by field and lists as a whole. */
export function shapeOf(schema: Schema | undefined, value: JsonValue | undefined): Shape {
  if (Array.isArray(value))
    return schema?.listType === 'map' || schema?.listType === 'set' ? 'list' : 'leaf';
  if (!isJsonObject(value)) return 'leaf';
  return schema?.mapType === 'atomic' ? 'leaf' : 'map';
}

function isNothing(value: JsonValue | undefined): boolean {
  return value === undefined || value === null;
}

function isVoid(value: JsonValue | undefined): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (isJsonObject(value)) return Object.keys(value).length === 0;
  return isNothing(value);
}
