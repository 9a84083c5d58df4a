import type { KubeList } from '#src/meta/object.ts';

const known = new WeakMap<object, Buffer>();
const comma = Buffer.from(',');
const end = Buffer.from(']}\n');

/**
 * A value as JSON and a newline, in UTF-8; not to be changed. Frozen values are shared by many requests, and their bytes
 * are made once.
 */
export function jsonLine(value: object): Buffer {
  if (!Object.isFrozen(value)) return lineOf(value);
  let line = known.get(value);
  if (line === undefined) known.set(value, (line = lineOf(value)));
  return line;
}

/** As `jsonLine`, without the newline. */
export function jsonBytes(value: object): Buffer {
  return jsonLine(value).subarray(0, -1);
}

/** A list as JSON and a newline, from the bytes of its items. */
export function listLine({ items, ...rest }: KubeList): Buffer {
  const head = JSON.stringify({ ...rest, items: [] });
  const parts: Buffer[] = [Buffer.from(head.slice(0, -']}'.length))];
  for (const [index, item] of items.entries()) {
    if (index > 0) parts.push(comma);
    parts.push(jsonBytes(item));
  }
  parts.push(end);
  return Buffer.concat(parts);
}

function lineOf(value: object): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`);
}
