import { isJsonObject, type JsonValue } from '../json.ts';
import { fieldSchema, type Schema } from '../schema.ts';
import { FieldSet } from './field-set.ts';
import { fieldElement, itemElement, type Path } from './path-element.ts';
import { shapeOf } from './shape.ts';

/**
 * Every field that an object says something about, which is what applying it owns.
 * @throws {FieldPathError} when an item of a list lacks its key
 */
export function collectFields(value: JsonValue, schema: Schema | undefined): FieldSet {
  const set = new FieldSet();
  if (shapeOf(schema, value) !== 'leaf') collect(value, schema, [], set);
  return set;
}

function collect(value: JsonValue, schema: Schema | undefined, path: Path, set: FieldSet): void {
  const shape = shapeOf(schema, value);
  if (shape === 'map' && isJsonObject(value)) {
    for (const [name, item] of Object.entries(value)) {
      const inner = [...path, fieldElement(name)];
      collect(item, fieldSchema(schema, name), inner, set);
      // The keys of a map are owned by themselves, fields of a type only through what they hold.
      const declared = schema?.properties?.[name] !== undefined;
      if (!declared || isEmptyObject(item)) set.insert(inner);
    }
  } else if (shape === 'list' && Array.isArray(value) && schema !== undefined) {
    for (const item of value) {
      const inner = [...path, itemElement(item, schema)];
      collect(item, schema.items, inner, set);
      set.insert(inner);
    }
  } else set.insert(path);
}

function isEmptyObject(value: JsonValue): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}
