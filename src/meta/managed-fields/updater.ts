/**
 * Who owns which fields, after Kubernetes' structured-merge-diff: an applier owns exactly what its configuration says,
 * anybody else what they changed. Applying over a field of somebody else is a conflict, leaving out a field that one
 * owned alone removes it.
 */
import type { JsonObject } from '../json.ts';
import type { Schema } from '../schema.ts';
import { collectFields } from './collect.ts';
import { compareFields } from './compare.ts';
import { FieldSet } from './field-set.ts';
import { mergeConfiguration } from './merge.ts';
import type { Path } from './path-element.ts';
import { removeFields } from './remove.ts';

/** The fields of each manager, by a name that tells them apart. */
export type Managers = ReadonlyMap<string, FieldSet>;

export interface Conflict {
  readonly manager: string;
  readonly path: Path;
}

export interface Change {
  readonly live: JsonObject;
  readonly managers: Managers;
  /** Who makes the change. */
  readonly manager: string;
  readonly schema: Schema | undefined;
}

/** Who owns what after an update. */
export interface Ownership {
  readonly managers: Managers;
  /** Whether the update set any field. */
  readonly took: boolean;
}

/**
 * What becomes of the ownership when an object is replaced by `next`, whoever owned what.
 * @throws {FieldPathError} when the items of a list cannot be told apart
 */
export function ownAfterUpdate(change: Change, next: JsonObject): Ownership {
  const { managers, manager } = change;
  const comparison = compareFields(change.live, next, change.schema);
  const changed = comparison.modified.union(comparison.added);
  const own = (managers.get(manager) ?? new FieldSet())
    .difference(comparison.removed)
    .union(changed);
  const others = withoutFields(managers, manager, changed.union(comparison.removed));
  return { managers: nonEmpty(new Map([...others, [manager, own]])), took: !changed.isEmpty() };
}

export type Applied =
  | { readonly object: JsonObject; readonly managers: Managers; readonly conflicts?: undefined }
  | { readonly conflicts: readonly Conflict[] };

/**
 * Applies a configuration: the object that comes of it and who owns what, or the conflicts with other managers.
 * @param force takes fields over instead
 * @throws {FieldPathError} when the items of a list cannot be told apart
 */
export function applyConfiguration(
  change: Change,
  configuration: JsonObject,
  force: boolean,
): Applied {
  const { live, managers, manager, schema } = change;
  const last = managers.get(manager);
  const claimed = new Map([...managers, [manager, collectFields(configuration, schema)]]);
  const merged = mergeConfiguration(live, configuration, schema);
  const object = pruned(merged, claimed, last, schema);
  const comparison = compareFields(live, object, schema);
  const changed = comparison.modified.union(comparison.added);
  const conflicts = conflictsOf(claimed, manager, changed);
  if (conflicts.length > 0 && !force) return { conflicts };
  const others = withoutFields(claimed, manager, changed.union(comparison.removed));
  return { object, managers: nonEmpty(others) };
}

/** Takes away what the manager owned before and nobody owns any more. */
function pruned(
  merged: JsonObject,
  managers: Managers,
  last: FieldSet | undefined,
  schema: Schema | undefined,
): JsonObject {
  if (last === undefined || last.isEmpty()) return merged;
  const owned = last.withNamedFields(schema);
  const all = collectFields(merged, schema).withNamedFields(schema);
  const left = (object: JsonObject): FieldSet =>
    collectFields(object, schema).withNamedFields(schema);
  const without = removeFields(merged, owned, schema);
  const claimed = [...managers.values()].reduce((set, each) => set.union(each), new FieldSet());
  const kept = left(without).union(claimed.withNamedFields(schema));
  const withOwned = removeFields(merged, all.difference(kept), schema);
  // What is left over but was never owned by this manager stays.
  return removeFields(merged, all.difference(left(withOwned)).intersection(owned), schema);
}

function conflictsOf(managers: Managers, manager: string, changed: FieldSet): Conflict[] {
  return [...managers]
    .filter(([name]) => name !== manager)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, set]) =>
      [...set.intersection(changed).paths()].map((path) => ({ manager: name, path })),
    );
}

function withoutFields(managers: Managers, except: string, fields: FieldSet): Managers {
  return new Map(
    [...managers].map(([name, set]) => [name, name === except ? set : set.difference(fields)]),
  );
}

function nonEmpty(managers: Managers): Managers {
  return new Map([...managers].filter(([, set]) => !set.isEmpty()));
}
