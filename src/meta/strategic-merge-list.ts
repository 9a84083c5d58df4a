import { canonicalJson, isJsonObject, type JsonObject, type JsonValue, ownField } from './json.ts';
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

/**
 * What an item is told apart by, as a text that two have in common only when they are the same: the merge key of objects,
 * the value of everything else. An item of a keyed list that is no object is the same as no other, and has none.
 */
type IdentityOf = (item: JsonValue) => string | undefined;

/**
 * Merges a list item by item, in time that grows with the items and not with their square.
 * @throws {StrategicPatchError} when an item has no merge key or an unknown directive
 */
export function mergeList(merge: ListMerge, mergeObject: MergeObject): JsonValue[] {
  const { list, patch, deletions = [], order, schema } = merge;
  const key = schema?.patchMergeKey;
  const identityOf = identityBy(key);
  const replaces = patch.some((item) => directiveOf(item) === 'replace' && isOnlyDirective(item));
  if (replaces) return patch.filter((item) => !isOnlyDirective(item));
  const deleted = new Set(deletions.map((item) => canonicalJson(item)));
  const current =
    deleted.size === 0 ? list : list.filter((item) => !deleted.has(canonicalJson(item)));
  const merged =
    key === undefined
      ? [...current, ...without(patch, current, identityOf)]
      : mergeItems(current, patch, { key, identityOf, mergeObject, schema });
  const named = placesOf(order ?? patch, identityOf);
  const placed = merged
    .map((item) => ({ item, place: named.get(identityOf(item) ?? none) }))
    .filter(({ place }) => place !== undefined)
    .toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0))
    .map(({ item }) => item);
  const others = merged.filter((item) => !named.has(identityOf(item) ?? none));
  const before = placesOf(list, identityOf);
  return interleaved(others, placed, (item) => before.get(identityOf(item) ?? none) ?? -1);
}

/** No identity: JSON is never empty. */
const none = '';

/** Where each item stands first. */
function placesOf(list: readonly JsonValue[], identityOf: IdentityOf): Map<string, number> {
  const places = new Map<string, number>();
  for (const [index, item] of list.entries()) {
    const identity = identityOf(item);
    if (identity !== undefined && !places.has(identity)) places.set(identity, index);
  }
  return places;
}

function without(
  items: readonly JsonValue[],
  others: readonly JsonValue[],
  identityOf: IdentityOf,
): JsonValue[] {
  const known = new Set(others.map(identityOf));
  return items.filter((item) => !known.has(identityOf(item)));
}

interface ItemMerge {
  readonly key: string;
  readonly identityOf: IdentityOf;
  readonly mergeObject: MergeObject;
  readonly schema: Schema | undefined;
}

function mergeItems(
  current: readonly JsonValue[],
  patch: readonly JsonValue[],
  { key, identityOf, mergeObject, schema }: ItemMerge,
): JsonValue[] {
  const result = new IndexedItems(current, identityOf);
  for (const item of patch) {
    const fields = keyed(item, key);
    const known = result.find(item);
    if (directiveOf(item) === 'delete') result.remove(item);
    else if (isJsonObject(known)) result.replace(item, mergeObject(known, fields, schema?.items));
    else result.add(mergeObject({}, fields, schema?.items));
  }
  return result.items();
}

/** A list whose items are found by what they are told apart by; of equal ones the first. */
class IndexedItems {
  readonly #identityOf: IdentityOf;
  /** `undefined` where an item was removed. */
  readonly #slots: (JsonValue | undefined)[] = [];
  /** Slots of the items of an identity, in order. */
  readonly #places = new Map<string, number[]>();

  constructor(items: readonly JsonValue[], identityOf: IdentityOf) {
    this.#identityOf = identityOf;
    for (const item of items) this.add(item);
  }

  items(): JsonValue[] {
    return this.#slots.filter((item) => item !== undefined);
  }

  find(like: JsonValue): JsonValue | undefined {
    const [slot] = this.#placesOf(like);
    return slot === undefined ? undefined : this.#slots[slot];
  }

  add(item: JsonValue): void {
    this.#slots.push(item);
    this.#enter(item, this.#slots.length - 1);
  }

  remove(like: JsonValue): void {
    const slot = this.#placesOf(like).shift();
    if (slot !== undefined) this.#slots[slot] = undefined;
  }

  replace(like: JsonValue, item: JsonValue): void {
    const slot = this.#placesOf(like).shift();
    if (slot === undefined) return;
    this.#slots[slot] = item;
    this.#enter(item, slot);
  }

  #enter(item: JsonValue, slot: number): void {
    const identity = this.#identityOf(item);
    if (identity === undefined) return;
    const places = this.#places.get(identity);
    if (places === undefined) this.#places.set(identity, [slot]);
    else places.splice(places.findLastIndex((each) => each < slot) + 1, 0, slot);
  }

  #placesOf(like: JsonValue): number[] {
    return this.#places.get(this.#identityOf(like) ?? none) ?? [];
  }
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
  let [left, right] = [0, 0];
  for (;;) {
    const a = others[left];
    const b = placed[right];
    if (a === undefined) return [...result, ...placed.slice(right)];
    if (b === undefined) return [...result, ...others.slice(left)];
    const stoodBefore = before(b) >= 0 && before(a) < before(b);
    result.push(stoodBefore ? a : b);
    if (stoodBefore) left += 1;
    else right += 1;
  }
}

function identityBy(key: string | undefined): IdentityOf {
  if (key === undefined) return canonicalJson;
  return (item) => (isJsonObject(item) ? canonicalJson(ownField(item, key)) : undefined);
}

function directiveOf(item: JsonValue): JsonValue | undefined {
  return isJsonObject(item) ? ownField(item, '$patch') : undefined;
}

function isOnlyDirective(item: JsonValue): boolean {
  return directiveOf(item) !== undefined && isJsonObject(item) && Object.keys(item).length === 1;
}
