import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { fieldSchema, type Schema } from '../schema.ts';
import type { FieldSet } from './field-set.ts';
import { fieldElement, itemElement } from './path-element.ts';
import { shapeOf } from './shape.ts';

/** An object without the fields of a set. What loses everything that it held is null. */
export function removeFields(
  value: JsonObject,
  fields: FieldSet,
  schema: Schema | undefined,
): JsonObject {
  const left = remove(value, fields, schema);
  return isJsonObject(left) ? left : {};
}

function remove(value: JsonValue, fields: FieldSet, schema: Schema | undefined): JsonValue {
  const shape = shapeOf(schema, value);
  if (shape === 'map' && isJsonObject(value)) return removeFromMap(value, fields, schema);
  if (shape === 'list' && Array.isArray(value) && schema !== undefined)
    return removeFromList(value, fields, schema);
  return value;
}

function removeFromMap(value: JsonObject, fields: FieldSet, schema: Schema | undefined): JsonValue {
  const left = Object.entries(value)
    .filter(([name]) => !fields.has(fieldElement(name)))
    .map(([name, item]): [string, JsonValue] => {
      const inner = fields.below(fieldElement(name));
      return [name, inner === undefined ? item : remove(item, inner, fieldSchema(schema, name))];
    });
  return left.length === 0 ? null : Object.fromEntries(left);
}

function removeFromList(value: readonly JsonValue[], fields: FieldSet, schema: Schema): JsonValue {
  const left = value
    .map((item) => [itemElement(item, schema), item] as const)
    .filter(([element]) => !fields.has(element))
    .map(([element, item]) => {
      const inner = fields.below(element);
      return inner === undefined ? item : remove(item, inner, schema.items);
    });
  return left.length === 0 ? null : left;
}
