import { equalJson, isJsonObject, type JsonValue, ownField } from '../json.ts';
import { fieldSchema, type Schema } from '../schema.ts';
import { FieldSet } from './field-set.ts';
import { fieldElement, itemElement, type Path, type PathElement } from './path-element.ts';
import { sharedShape } from './shape.ts';

/** The fields in which two objects differ. */
export interface Comparison {
  readonly added: FieldSet;
  readonly removed: FieldSet;
  readonly modified: FieldSet;
}

/**
 * Compares an object with what it becomes.
 * @throws {FieldPathError} when an item of a list lacks its key
 */
export function compareFields(
  before: JsonValue,
  after: JsonValue,
  schema: Schema | undefined,
): Comparison {
  const result = { added: new FieldSet(), removed: new FieldSet(), modified: new FieldSet() };
  compare({ before, after, schema, path: [] }, result);
  return result;
}

interface Pair {
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
  readonly schema: Schema | undefined;
  readonly path: Path;
}

function compare(pair: Pair, result: Comparison): void {
  const { before, after, schema, path } = pair;
  const shape = sharedShape(schema, before, after);
  if (shape === 'map') compareMaps(pair, result);
  else if (shape === 'list') compareLists(pair, result);
  else if (before !== undefined && after !== undefined && !equalJson(before, after))
    result.modified.insert(path);
  // A whole object or list that comes or goes is a field that comes or goes, as well as all that it holds.
  if (before === undefined) result.added.insert(path);
  else if (after === undefined) result.removed.insert(path);
}

function compareMaps({ before, after, schema, path }: Pair, result: Comparison): void {
  const [left, right] = [isJsonObject(before) ? before : {}, isJsonObject(after) ? after : {}];
  const compareField = (name: string): void => {
    compare(
      {
        before: ownField(left, name),
        after: ownField(right, name),
        schema: fieldSchema(schema, name),
        path: [...path, fieldElement(name)],
      },
      result,
    );
  };
  for (const name of Object.keys(left)) compareField(name);
  for (const name of Object.keys(right)) if (!Object.hasOwn(left, name)) compareField(name);
}

function compareLists({ before, after, schema, path }: Pair, result: Comparison): void {
  const left = byElement(before, schema);
  const right = byElement(after, schema);
  for (const element of new Set([...left.keys(), ...right.keys()]))
    compare(
      {
        before: left.get(element),
        after: right.get(element),
        schema: schema?.items,
        path: [...path, element],
      },
      result,
    );
}

function byElement(
  value: JsonValue | undefined,
  schema: Schema | undefined,
): ReadonlyMap<PathElement, JsonValue> {
  if (!Array.isArray(value) || schema === undefined) return new Map();
  return new Map(value.map((item) => [itemElement(item, schema), item]));
}
