/** Brings an answer into the form in which two servers can be compared. */
import type { Json } from './steps.ts';

const timePattern = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
const agePattern = /^(?:Less than a second|About an? \w+|\d+ \w+) ago$/;
const uidPattern = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** Fields that differ from run to run, and those that are compared elsewhere. */
const replaced: Readonly<Record<string, string>> = {
  uid: 'UID',
  resourceVersion: 'VERSION',
  continue: 'TOKEN',
};
const dropped: ReadonlySet<string> = new Set([
  // Ownership of fields has tests of its own.
  'managedFields',
  // Column texts are ours.
  'description',
  'remainingItemCount',
]);

/**
 * Without ids, versions, times and ages; lists by name, and without the kinds that this server adds to their items and to
 * embedded objects.
 */
export function normalised(value: Json): Json {
  if (value === '') return undefined;
  if (typeof value === 'string' && value.startsWith('{"type":')) return eventsIn(value);
  return visit(value, '');
}

/** The events of a watch that was recorded as text; current objects come in any order. */
function eventsIn(lines: string): Json {
  const events = lines.split('\n').filter((line) => line !== '');
  return sorted(events.map((line) => visit(JSON.parse(line), '')).map((event) => event.object));
}

function visit(value: Json, key: string): Json {
  if (typeof value === 'string') return text(value, key);
  if (Array.isArray(value)) return value.map((item) => visit(item, ''));
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value)
    .filter(([name, field]) => !dropped.has(name) && !isEmptyTime(name, field))
    .map(([name, field]) => [name, visit(field, name)] as const);
  const object: Json = Object.fromEntries(entries);
  if (Array.isArray(object.items) && object.metadata !== undefined)
    object.items = sorted(object.items.map(withoutKind));
  if (Array.isArray(object.rows)) object.rows = sorted(object.rows);
  // Only the first event of a table watch has them; the others have null or none.
  if (object.columnDefinitions?.length === 0) object.columnDefinitions = null;
  return object;
}

/** A null creation time says nothing, and some answers leave it out. */
function isEmptyTime(name: string, value: Json): boolean {
  return name === 'creationTimestamp' && value === null;
}

function withoutKind({ kind: _kind, apiVersion: _version, ...item }: Json): Json {
  return item;
}

function sorted(items: Json[]): Json[] {
  return items.toSorted((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

function nameOf(item: Json): string {
  const metadata = item.metadata ?? item.object?.metadata ?? {};
  return `${metadata.namespace ?? ''}/${metadata.name ?? String(item.cells?.[0] ?? '')}`;
}

function text(value: string, key: string): string {
  const fixed = replaced[key];
  if (fixed !== undefined && value !== '') return fixed;
  if (agePattern.test(value)) return 'AGO';
  return value
    .replaceAll(timePattern, 'TIME')
    .replaceAll(uidPattern, 'UID')
    .replaceAll(/\bgen-[a-z0-9]{5}\b/g, 'gen-RANDOM')
    .replaceAll(/(was updated from ")\d+(" to ")\d+"/g, '$1N$2N"')
    .replaceAll(/(updated the resource version to )\d+/g, '$1N')
    .replaceAll(/(resource version: )\d+( \(\d+\))?/g, '$1N')
    .replaceAll(/, current: \d+/g, ', current: N');
}

/** Where two values differ, as `path: recorded ≠ actual`; nothing when they agree. */
export function differencesOf(recorded: Json, actual: Json, path = ''): string[] {
  if (Array.isArray(recorded) && Array.isArray(actual)) {
    const length = Math.max(recorded.length, actual.length);
    return Array.from({ length }, (_, index) =>
      differencesOf(recorded[index], actual[index], `${path}[${index}]`),
    ).flat();
  }
  if (isObject(recorded) && isObject(actual)) {
    const keys = [...new Set([...Object.keys(recorded), ...Object.keys(actual)])];
    return keys.flatMap((key) => differencesOf(recorded[key], actual[key], `${path}.${key}`));
  }
  return recorded === actual ? [] : [`${path}: ${shown(recorded)} ≠ ${shown(actual)}`];
}

function isObject(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: Json): string {
  const json = JSON.stringify(value) ?? 'absent';
  return json.length > 300 ? `${json.slice(0, 300)}…` : json;
}
