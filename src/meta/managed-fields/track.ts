import { equalJson, isJsonObject, type JsonObject, type JsonValue, ownField } from '../json.ts';
import type { KubeObject, ManagedFieldsEntry } from '../object.ts';
import type { Schema } from '../schema.ts';
import { fieldSchema } from '../schema.ts';
import { capManagers } from './cap.ts';
import {
  managerKey,
  managerText,
  readManagedFields,
  type Writer,
  writeManagedFields,
} from './entries.ts';
import { FieldSet } from './field-set.ts';
import { pathText } from './path-element.ts';
import { applyConfiguration, type Managers, ownAfterUpdate } from './updater.ts';

/** One write and who makes it. */
export interface Tracking {
  readonly writer: Writer;
  readonly schema: Schema | undefined;
  /** Now, RFC 3339. */
  readonly now: string;
  /** The kind has a `status` that is written only through the subresource of that name. */
  readonly hasStatus: boolean;
}

/** Somebody else owns a field that is applied. */
export interface ApplyConflict {
  /** `conflict with "kubectl-edit" using v1` */
  readonly message: string;
  /** `.spec.tags[name="x"].from` */
  readonly field: string;
  /** As in `message`, without the words before. */
  readonly manager: string;
}

/** Fields of every object that nobody owns: what identifies it and what the server sets. */
const unowned = FieldSet.fromFieldsV1({
  'f:apiVersion': {},
  'f:kind': {},
  'f:metadata': {
    '.': {},
    'f:creationTimestamp': {},
    'f:deletionGracePeriodSeconds': {},
    'f:deletionTimestamp': {},
    'f:generation': {},
    'f:managedFields': {},
    'f:name': {},
    'f:namespace': {},
    'f:resourceVersion': {},
    'f:selfLink': {},
    'f:uid': {},
  },
});

/**
 * The object of a plain write with `metadata.managedFields` brought up to date.
 * @param live absent on create
 * @throws {FieldPathError} when the items of a list cannot be told apart
 */
export function trackUpdate<T extends KubeObject>(
  live: T | undefined,
  next: T,
  tracking: Tracking,
): T {
  const sent = next.metadata.managedFields;
  const base = isReset(sent) ? [] : (usable(sent) ?? live?.metadata.managedFields);
  const { managers, times } = readManagedFields(base);
  const manager = managerKey(tracking.writer);
  const before = asJson(live);
  const change = { live: before, managers, manager, schema: tracking.schema };
  const after = ownPart(asJson(next), before, tracking);
  const ownership = ownAfterUpdate(change, after);
  const newTimes = ownership.took ? new Map([...times, [manager, tracking.now]]) : times;
  const capped = capManagers({ managers: ownership.managers, times: newTimes });
  return withManagedFields(next, capped.managers, capped.times, tracking);
}

export type TrackedApply<T extends KubeObject> =
  | { readonly object: T; readonly conflicts?: undefined }
  | { readonly conflicts: readonly ApplyConflict[] };

/**
 * The object that comes of applying a configuration, or the conflicts that are in the way.
 * @param live absent when there is none yet
 * @param force takes the fields over instead
 * @throws {FieldPathError} when the items of a list cannot be told apart
 */
export function trackApply<T extends KubeObject>(
  live: T | undefined,
  configuration: T,
  tracking: Tracking & { readonly force: boolean },
): TrackedApply<T> {
  const { managers, times } = readManagedFields(live?.metadata.managedFields);
  const manager = managerKey(tracking.writer);
  const before = asJson(live);
  const change = { live: before, managers, manager, schema: tracking.schema };
  const wanted = appliedPart(asJson(configuration), tracking);
  const applied = applyConfiguration(change, wanted, tracking.force);
  if (applied.conflicts !== undefined)
    return {
      conflicts: applied.conflicts.map(({ manager: owner, path }) => ({
        message: `conflict with ${managerText(owner)}`,
        field: pathText(path),
        manager: managerText(owner),
      })),
    };
  const object = withoutEmptied(applied.object, before, tracking.schema) as unknown as T;
  const owned = applied.managers.get(manager)?.difference(unowned) ?? new FieldSet();
  const same =
    equalJson(object, before) && (managers.get(manager)?.equals(owned) ?? owned.isEmpty());
  const newTimes = same ? times : new Map([...times, [manager, tracking.now]]);
  return { object: withManagedFields(object, applied.managers, newTimes, tracking) };
}

/** `[]` and `[{}]` are how a client gives all ownership up. */
function isReset(entries: readonly ManagedFieldsEntry[] | undefined): boolean {
  if (entries === undefined || entries === null) return false;
  const [first] = entries;
  return first === undefined || (entries.length === 1 && Object.keys(first).length === 0);
}

function usable(
  entries: readonly ManagedFieldsEntry[] | undefined,
): readonly ManagedFieldsEntry[] | undefined {
  return entries === undefined || entries === null || entries.length === 0 ? undefined : entries;
}

function withManagedFields<T extends KubeObject>(
  object: T,
  managers: Managers,
  times: ReadonlyMap<string, string>,
  { writer }: Tracking,
): T {
  const { managedFields: _old, ...metadata } = object.metadata;
  const stripped = new Map([...managers].map(([key, set]) => [key, set.difference(unowned)]));
  const entries = writeManagedFields({ managers: stripped, times }, writer.apiVersion);
  return {
    ...object,
    metadata: { ...metadata, ...(entries.length === 0 ? {} : { managedFields: entries }) },
  };
}

/** What a write can change: the status only through its subresource, and everything else only not through it. */
function ownPart(next: JsonObject, before: JsonObject, tracking: Tracking): JsonObject {
  if (tracking.writer.subresource === 'status') return withStatusOf(next, before);
  return tracking.hasStatus ? withStatusOf(before, next) : next;
}

function withStatusOf(source: JsonObject, object: JsonObject): JsonObject {
  const { status: _status, ...rest } = object;
  const status = ownField(source, 'status');
  return { ...rest, ...(status === undefined ? {} : { status }) };
}

function appliedPart(configuration: JsonObject, tracking: Tracking): JsonObject {
  const { status, ...rest } = configuration;
  if (tracking.writer.subresource === 'status') {
    const { apiVersion = '', kind = '' } = rest;
    return { apiVersion, kind, ...(status === undefined ? {} : { status }) };
  }
  return tracking.hasStatus ? rest : configuration;
}

/** An object as plain fields, without `metadata.managedFields`, which is not itself managed. */
function asJson(object: KubeObject | undefined): JsonObject {
  if (object === undefined) return {};
  const { managedFields: _fields, ...metadata } = object.metadata;
  return { ...object, metadata } as unknown as JsonObject;
}

/** Takes away what lost all that it held: it is null, and a field that is absent says the same. */
function withoutEmptied(
  value: JsonObject,
  before: JsonObject,
  schema: Schema | undefined,
): JsonObject {
  const fields = Object.entries(value).flatMap(([name, item]): [string, JsonValue][] => {
    const old = ownField(before, name);
    if (item === null && typeof old === 'object' && old !== null) return [];
    if (!isJsonObject(item) || !isJsonObject(old)) return [[name, item]];
    return [[name, withoutEmptied(item, old, fieldSchema(schema, name))]];
  });
  return Object.fromEntries(fields);
}
