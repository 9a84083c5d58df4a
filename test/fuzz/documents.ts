/** Documents of every kind, made from its schema, and what can be wrong with them. */
import type { Schema } from '#src/meta/schema.ts';

import type { Random } from './random.ts';

const digest = `sha256:${'a'.repeat(64)}`;

/** Texts that mean something somewhere, and texts that break things. */
export const texts: readonly string[] = [
  'a',
  'app',
  'app:v1',
  `app@${digest}`,
  digest,
  'fuzz',
  'default',
  'v1',
  'YQ==',
  'Opaque',
  'DockerImage',
  'ImageStreamTag',
  'ImageStreamImage',
  '127.0.0.1:1/a/b:c',
  `127.0.0.1:1/a/b@${digest}`,
  'kubernetes.io/dockerconfigjson',
  '2026-01-01T00:00:00Z',
  '1Gi',
  '100m',
  'true',
  'null',
  '0',
  '-1',
  '',
  ' ',
  '.',
  '..',
  '/',
  '//',
  'a/b',
  '../../etc/passwd',
  '%2e%2e',
  '%',
  '%00',
  'a\0b',
  '\r\nX-A: b',
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  '$patch',
  '$setElementOrder/tags',
  'ä',
  '\u{1F600}',
  '\uD800',
  '\uFEFF',
  '\u202E',
  'é'.normalize('NFD'),
  'İ',
  'x'.repeat(300),
  'x'.repeat(5_000),
  'a:b:c',
  ':',
  '@',
  'a@',
  '@a',
  ':a',
  'a:',
  '[::1]:5000/a',
  'https://user:pass@h/a',
  'A/B',
  'a//b',
  "' or 1=1 --",
  '${jndi:ldap://x}',
  '{{7*7}}',
  '<script>',
  '1e999',
  'NaN',
  'Infinity',
  '18446744073709551616',
];

const numbers: readonly unknown[] = [
  0,
  1,
  -1,
  1.5,
  255,
  2 ** 31,
  2 ** 53,
  -(2 ** 63),
  1e21,
  1e300,
  Number.MIN_VALUE,
];
const others: readonly unknown[] = [null, true, false, [], {}, [[]], [null], { a: null }, [{}]];

/** A document of a shape, more or less full. */
export function documentOf(schema: Schema | undefined, random: Random, depth = 0): unknown {
  if (schema === undefined || depth > 8) return anything(random, depth);
  switch (schema.type) {
    case 'array':
      return Array.from({ length: random.below(3) }, () =>
        documentOf(schema.items, random, depth + 1),
      );
    case 'string':
      return random.pick(texts.slice(0, 24));
    case 'integer':
    case 'number':
      return random.below(4);
    case 'boolean':
      return random.once(2);
    case 'object':
    case undefined:
      break;
  }
  return objectOf(schema, random, depth);
}

function objectOf(schema: Schema, random: Random, depth: number): unknown {
  if (schema.preserveUnknown === true) return anything(random, depth);
  const made: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(schema.properties ?? {}))
    if (schema.required?.includes(name) === true || random.once(2))
      made[name] = documentOf(property, random, depth + 1);
  if (schema.additionalProperties !== undefined)
    for (let index = random.below(3); index > 0; index -= 1)
      made[random.pick(texts.slice(0, 24))] = documentOf(
        schema.additionalProperties,
        random,
        depth + 1,
      );
  return made;
}

/** Any value at all. */
export function anything(random: Random, depth = 0): unknown {
  switch (random.below(depth > 4 ? 3 : 6)) {
    case 0:
      return random.pick(texts);
    case 1:
      return random.pick(numbers);
    case 2:
      return random.pick(others);
    case 3:
      return Array.from({ length: random.below(4) }, () => anything(random, depth + 1));
    case 4:
      return nested(random.below(300), random.once(2));
    default:
      return Object.fromEntries(
        Array.from({ length: random.below(4) }, () => [
          random.pick(texts),
          anything(random, depth + 1),
        ]),
      );
  }
}

function nested(depth: number, asList: boolean): unknown {
  let value: unknown = 1;
  for (let index = 0; index < depth; index += 1) value = asList ? [value] : { a: value };
  return value;
}

/** The document with one of its parts replaced, added, taken away or moved. */
export function spoiled(value: unknown, random: Random): unknown {
  if (typeof value !== 'object' || value === null || random.once(8)) return anything(random);
  if (Array.isArray(value)) {
    const list: unknown[] = [...(value as unknown[])];
    const at = random.below(list.length + 1);
    if (random.once(3)) list.push(...list, anything(random));
    else list[at] = spoiled(list[at], random);
    return list;
  }
  const entries = Object.entries(value);
  const at = random.below(entries.length + 1);
  const [name = random.pick(texts), part] = entries[at] ?? [];
  switch (random.below(6)) {
    case 0:
      entries.splice(at, 1);
      break;
    case 1:
      entries.push([random.pick(texts), part]);
      break;
    default:
      entries[Math.min(at, entries.length)] = [name, spoiled(part, random)];
  }
  return Object.fromEntries(entries);
}

/** Bytes with a few of them changed, cut, doubled or cut off. */
export function damaged(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  for (let index = 1 + random.below(4); index > 0 && copy.length > 0; index -= 1)
    copy[random.below(copy.length)] = random.below(256);
  switch (random.below(5)) {
    case 0:
      return copy.subarray(0, random.below(copy.length + 1));
    case 1:
      return Buffer.concat([copy, random.bytes(random.below(40))]);
    case 2: {
      const at = random.below(copy.length + 1);
      return Buffer.concat([
        copy.subarray(0, at),
        random.bytes(random.below(9)),
        copy.subarray(at),
      ]);
    }
    default:
      return copy;
  }
}
