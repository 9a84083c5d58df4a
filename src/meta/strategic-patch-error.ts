import { isJsonObject, type JsonValue } from './json.ts';

/** Why a strategic merge patch cannot be applied. */
export class StrategicPatchError extends Error {
  override readonly name = 'StrategicPatchError';
}

/** A value as Go's `%v` prints it, which is how clients know these messages: `map[from:map[name:x]]`. */
export function goValue(value: JsonValue): string {
  if (value === null) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goValue).join(' ')}]`;
  if (!isJsonObject(value)) return String(value);
  const fields = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `map[${fields.map(([field, item]) => `${field}:${goValue(item)}`).join(' ')}]`;
}
