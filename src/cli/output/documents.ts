import { stringify } from 'yaml';

/** JSON as kubectl prints it: keys sorted, four spaces, `<`, `>` and `&` escaped, a newline at the end. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(sorted(value), null, 4);
  return `${text.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026')}\n`;
}

/** YAML as kubectl prints it: keys sorted, lists not indented, strings quoted only where they must be. */
export function yamlText(value: unknown): string {
  return stringify(sorted(value), {
    indentSeq: false,
    lineWidth: 0,
    version: '1.1',
    aliasDuplicateObjects: false,
    singleQuote: null,
  });
}

/** Objects with their keys in order, at every depth; `managedFields` is left out as kubectl does. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => sorted(item));
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/** The object without `metadata.managedFields`; a list without those of its items. */
export function withoutManagedFields<T>(object: T): T {
  if (typeof object !== 'object' || object === null) return object;
  const fields = object as Readonly<Record<string, unknown>>;
  const { metadata, items } = fields;
  const copy: Record<string, unknown> = { ...fields };
  if (typeof metadata === 'object' && metadata !== null && 'managedFields' in metadata) {
    const { managedFields: _left, ...rest } = metadata;
    copy['metadata'] = rest;
  }
  if (Array.isArray(items))
    copy['items'] = items.map((item: unknown) => withoutManagedFields(item));
  return copy as T;
}
