import type { KubeList } from '#src/meta/object.ts';

const texts = new WeakMap<object, string>();

/** The JSON text of a value. Frozen ones are shared by many requests, and their text is made once. */
export function jsonText(value: object): string {
  if (!Object.isFrozen(value)) return JSON.stringify(value);
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = JSON.stringify(value);
  texts.set(value, text);
  return text;
}

/** The JSON text of a list, from the texts of its items. */
export function listText({ items, ...rest }: KubeList): string {
  const head = JSON.stringify({ ...rest, items: [] });
  return `${head.slice(0, -']}'.length)}${items.map(jsonText).join(',')}]}`;
}
