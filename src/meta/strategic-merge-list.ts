import { equalJson, isJsonObject, type JsonObject, type JsonValue, ownField } from './json.ts';
import type { Schema } from './schema.ts';
import { goValue, StrategicPatchError } from './strategic-patch-error.ts';

/** A list and what a strategic merge patch says about it. */
export interface ListMerge {
  readonly list: readonly JsonValue[];
  readonly patch: readonly JsonValue[];
  /** `$deleteFromPrimitiveList` */
  readonly deletions: readonly JsonValue[] | undefined;
  /** `$setElementOrder` */
  readonly order: readonly JsonValue[] | undefined;
  readonly schema: Schema | undefined;
}

type MergeObject = (
  target: JsonObject,
  patch: JsonObject,
  schema: Schema | undefined,
) => JsonObject;

/** Tells items apart: by the merge key of objects, by value of everything else. */
type SameItem = (a: JsonValue, b: JsonValue) => boolean;

/**
 * Merges a list item by item.
 * @throws {StrategicPatchError} when an item has no merge key or an unknown directive
 */
export function mergeList(merge: ListMerge, mergeObject: MergeObject): JsonValue[] {
  const { list, patch, deletions, order, schema } = merge;
  const key = schema?.patchMergeKey;
  const same = sameBy(key);
  const replaces = patch.some((item) => directiveOf(item) === 'replace' && isOnlyDirective(item));
  if (replaces) return patch.filter((item) => !isOnlyDirective(item));
  const current = list.filter(
    (item) => !(deletions ?? []).some((deleted) => equalJson(deleted, item)),
  );
  const merged =
    key === undefined
      ? [...current, ...patch.filter((item) => !current.some((known) => same(known, item)))]
      : mergeItems(current, patch, { key, same, mergeObject, schema });
  const named = order ?? patch;
  const placed = merged
    .filter((item) => named.some((other) => same(other, item)))
    .toSorted((a, b) => indexIn(named, a, same) - indexIn(named, b, same));
  const others = merged.filter((item) => !named.some((other) => same(other, item)));
  return interleaved(others, placed, (item) => indexIn(list, item, same));
}

interface ItemMerge {
  readonly key: string;
  readonly same: SameItem;
  readonly mergeObject: MergeObject;
  readonly schema: Schema | undefined;
}

function mergeItems(
  current: readonly JsonValue[],
  patch: readonly JsonValue[],
  { key, same, mergeObject, schema }: ItemMerge,
): JsonValue[] {
  const result = [...current];
  for (const item of patch) {
    const fields = keyed(item, key);
    const kind = directiveOf(item);
    const index = result.findIndex((known) => same(known, item));
    const known = result[index];
    if (kind === 'delete') {
      if (index >= 0) result.splice(index, 1);
    } else if (isJsonObject(known)) result[index] = mergeObject(known, fields, schema?.items);
    else result.push(mergeObject({}, fields, schema?.items));
  }
  return result;
}

function keyed(item: JsonValue, key: string): JsonObject {
  if (isJsonObject(item) && Object.hasOwn(item, key)) return item;
  throw new StrategicPatchError(
    `map: ${goValue(item)} does not contain declared merge key: ${key}`,
  );
}

/**
 * Two lists that are each in order become one: an item of `others` comes first only where the list stood so before,
 * which puts new items in front (as apimachinery does).
 */
function interleaved(
  others: readonly JsonValue[],
  placed: readonly JsonValue[],
  before: (item: JsonValue) => number,
): JsonValue[] {
  const result: JsonValue[] = [];
  const left = [...others];
  const right = [...placed];
  for (;;) {
    const [a] = left;
    const [b] = right;
    if (a === undefined) return [...result, ...right];
    if (b === undefined) return [...result, ...left];
    const stoodBefore = before(b) >= 0 && before(a) < before(b);
    const next = (stoodBefore ? left : right).shift();
    if (next !== undefined) result.push(next);
  }
}

function sameBy(key: string | undefined): SameItem {
  if (key === undefined) return equalJson;
  return (a, b) =>
    isJsonObject(a) && isJsonObject(b) && equalJson(ownField(a, key), ownField(b, key));
}

function indexIn(list: readonly JsonValue[], item: JsonValue, same: SameItem): number {
  return list.findIndex((other) => same(other, item));
}

function directiveOf(item: JsonValue): JsonValue | undefined {
  return isJsonObject(item) ? ownField(item, '$patch') : undefined;
}

function isOnlyDirective(item: JsonValue): boolean {
  return directiveOf(item) !== undefined && isJsonObject(item) && Object.keys(item).length === 1;
}
