import type { JsonValue } from '../json.ts';
import type { ManagedFieldsEntry } from '../object.ts';
import { FieldSet } from './field-set.ts';
import type { Managers } from './updater.ts';

/** Who writes: the same manager is another one when it applies, or writes another subresource. */
export interface Writer {
  readonly manager: string;
  readonly operation: 'Apply' | 'Update';
  readonly apiVersion: string;
  /** Empty for the object itself. */
  readonly subresource: string;
}

/** `metadata.managedFields`, read. */
export interface ManagedFields {
  readonly managers: Managers;
  /** When each manager last changed what it owns. */
  readonly times: ReadonlyMap<string, string>;
}

/** The name of a writer among the managers. */
export function managerKey({ manager, operation, apiVersion, subresource }: Writer): string {
  // An applier stays the same through versions.
  const version = operation === 'Apply' ? '' : apiVersion;
  return JSON.stringify([operation, manager, version, subresource]);
}

/** The writer of a name that `managerKey` made; the version of an applier is empty. */
export function writerOf(key: string): Writer {
  const [operation, manager, apiVersion, subresource] = partsOf(key);
  return {
    manager,
    operation: operation === 'Apply' ? 'Apply' : 'Update',
    apiVersion,
    subresource,
  };
}

/** How conflicts show a manager: `"kubectl-edit" with subresource "status" using v1`. */
export function managerText(key: string): string {
  const { operation, manager, apiVersion, subresource } = writerOf(key);
  const below = subresource === '' ? '' : ` with subresource ${JSON.stringify(subresource)}`;
  const version = operation === 'Update' ? ` using ${apiVersion}` : '';
  return `${JSON.stringify(manager)}${below}${version}`;
}

export function readManagedFields(
  entries: readonly ManagedFieldsEntry[] | undefined,
): ManagedFields {
  const managers = new Map<string, FieldSet>();
  const times = new Map<string, string>();
  for (const entry of entries ?? []) {
    const key = managerKey({
      manager: entry.manager ?? '',
      operation: entry.operation ?? 'Update',
      apiVersion: entry.apiVersion ?? '',
      subresource: entry.subresource ?? '',
    });
    const set = FieldSet.fromFieldsV1(entry.fieldsV1 as JsonValue | undefined);
    managers.set(key, (managers.get(key) ?? new FieldSet()).union(set));
    if (entry.time !== undefined) times.set(key, entry.time);
  }
  return { managers, times };
}

/** @param apiVersion of the fields, for appliers, whose key does not say it */
export function writeManagedFields(
  { managers, times }: ManagedFields,
  apiVersion: string,
): ManagedFieldsEntry[] {
  return [...managers]
    .filter(([, set]) => !set.isEmpty())
    .map(([key, set]): ManagedFieldsEntry => {
      const { operation, manager, apiVersion: version, subresource } = writerOf(key);
      const time = times.get(key);
      return {
        manager,
        operation,
        apiVersion: version === '' ? apiVersion : version,
        ...(time === undefined ? {} : { time }),
        fieldsType: 'FieldsV1',
        fieldsV1: set.toFieldsV1(),
        ...(subresource === '' ? {} : { subresource }),
      };
    })
    .toSorted(compareEntries);
}

function partsOf(key: string): [string, string, string, string] {
  return JSON.parse(key) as [string, string, string, string];
}

/** Appliers first, then by time and name. */
function compareEntries(a: ManagedFieldsEntry, b: ManagedFieldsEntry): number {
  const [left, right] = [orderOf(a), orderOf(b)];
  const index = left.findIndex((part, at) => part !== right[at]);
  if (index < 0) return 0;
  return (left[index] ?? '') < (right[index] ?? '') ? -1 : 1;
}

function orderOf({ operation, time, manager, subresource }: ManagedFieldsEntry): string[] {
  return [operation ?? '', time ?? '', manager ?? '', subresource ?? ''];
}
