/**
 * Strategic merge patch (apimachinery strategicpatch): a merge patch that knows from the schema which lists are merged
 * item by item, and that carries directives:
 *
 *     $patch: replace | merge | delete     in an object or as an item of a list
 *     $retainKeys: [field, …]              everything else is dropped
 *     $deleteFromPrimitiveList/FIELD: […]  values to take out of a list
 *     $setElementOrder/FIELD: […]          the order of the list afterwards
 */
import { cloneJson, isJsonObject, type JsonObject, type JsonValue, ownField } from './json.ts';
import { fieldSchema, type Schema } from './schema.ts';
import { mergeList } from './strategic-merge-list.ts';
import { goValue, StrategicPatchError } from './strategic-patch-error.ts';

const directive = '$patch';
const retainKeys = '$retainKeys';
const deletePrefix = '$deleteFromPrimitiveList/';
const orderPrefix = '$setElementOrder/';

/**
 * Applies a patch to an object; neither is changed. Without a schema every list is replaced as a whole.
 * @throws {StrategicPatchError} when the patch is no object, or a directive or an item of a merged list cannot be understood
 */
export function strategicMergePatch(
  target: JsonObject,
  patch: JsonValue,
  schema: Schema | undefined,
): JsonObject {
  if (!isJsonObject(patch)) throw new StrategicPatchError('invalid JSON document');
  return cloneJson(mergeObject(target, patch, schema));
}

/** Merges one object of the patch; also how the items of merged lists are merged. */
function mergeObject(
  target: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
): JsonObject {
  const kind = ownField(patch, directive);
  if (kind === 'replace') return withoutDirectives(patch);
  if (kind === 'delete') return {};
  if (kind !== undefined && kind !== 'merge')
    throw new StrategicPatchError(`unknown patch type: ${goValue(kind)} in map: ${goValue(patch)}`);
  const result = new Map(Object.entries(retained(target, patch)));
  for (const field of patchedFields(patch)) {
    const value = mergedField({ target, patch, field, schema: fieldSchema(schema, field) });
    if (value === undefined) result.delete(field);
    else result.set(field, value);
  }
  return Object.fromEntries(result);
}

interface FieldMerge {
  readonly target: JsonObject;
  readonly patch: JsonObject;
  readonly field: string;
  readonly schema: Schema | undefined;
}

/** What a field becomes; `undefined` when it goes away. */
function mergedField(merge: FieldMerge): JsonValue | undefined {
  const { target, patch, field, schema } = merge;
  const value = ownField(patch, field);
  if (value === null) return undefined;
  if (isJsonObject(value)) {
    const current = ownField(target, field);
    const replaced = schema?.patchStrategy === 'replace' || !isJsonObject(current);
    return mergeObject(replaced ? {} : current, value, schema);
  }
  return value === undefined || Array.isArray(value) ? mergedList(merge, value) : value;
}

function mergedList(
  { target, patch, field, schema }: FieldMerge,
  value: JsonValue[] | undefined,
): JsonValue | undefined {
  const current = ownField(target, field);
  const deletions = listOf(patch, `${deletePrefix}${field}`);
  const order = listOf(patch, `${orderPrefix}${field}`);
  const merges = schema?.patchStrategy?.includes('merge') ?? false;
  const replaces = !merges && deletions === undefined && order === undefined;
  if (value === undefined && !Array.isArray(current)) return current;
  if (replaces) return value ?? current;
  const list = Array.isArray(current) ? current : [];
  return mergeList({ list, patch: value ?? [], deletions, order, schema }, mergeObject);
}

function patchedFields(patch: JsonObject): ReadonlySet<string> {
  const fields = Object.keys(patch)
    .filter((field) => field !== directive && field !== retainKeys)
    .map((field) =>
      field.startsWith(deletePrefix) || field.startsWith(orderPrefix)
        ? field.slice(field.indexOf('/') + 1)
        : field,
    );
  return new Set(fields);
}

function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keep = ownField(patch, retainKeys);
  if (keep === undefined) return target;
  if (!Array.isArray(keep))
    throw new StrategicPatchError(`invalid patch format of retainKeys: ${goValue(keep)}`);
  for (const field of patchedFields(patch))
    if (!keep.includes(field) && ownField(patch, field) !== null)
      throw new StrategicPatchError(
        `the list of retainKeys ${goValue(keep)} does not contain the patched field ${field}`,
      );
  return Object.fromEntries(Object.entries(target).filter(([field]) => keep.includes(field)));
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(patch).filter(([field, value]) => field !== directive && value !== null),
  );
}

function listOf(patch: JsonObject, field: string): readonly JsonValue[] | undefined {
  const value = ownField(patch, field);
  if (value === undefined || Array.isArray(value)) return value;
  throw new StrategicPatchError(`${field} must be a list, not ${goValue(value)}`);
}
