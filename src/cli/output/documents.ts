import type { Tags } from 'yaml';
import { yaml } from '../yaml.ts';
import { folded } from './fold.ts';

/** JSON as kubectl prints it: keys sorted, four spaces, `<`, `>` and `&` escaped, a newline at the end. */
export function jsonText(value: unknown): string {
  return `${escaped(JSON.stringify(sorted(value), null, 4))}\n`;
}

/** The same on one line, without a newline. */
export function compactJson(value: unknown): string {
  return escaped(JSON.stringify(sorted(value)));
}

function escaped(json: string): string {
  return json.replaceAll('<', '\\u003c').replaceAll('>', '\\u003e').replaceAll('&', '\\u0026');
}

/** YAML as kubectl prints it: keys sorted, lists not indented, quoted only where it must be, long texts broken. */
export function yamlText(value: unknown): string {
  const { Document, Scalar, visit } = yaml();
  const document = new Document(sorted(value), {
    version: '1.1',
    aliasDuplicateObjects: false,
    customTags: (tags) => tags.map(withoutLoneDot),
  });
  visit(document, {
    Scalar: (_key, node) => {
      if (typeof node.value === 'string' && looksLikeOther.test(node.value))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return folded(document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true }));
}

type Tag = Tags[number];

/** A dot, as managed fields have it for keys, is no number to Go. */
function withoutLoneDot(tag: Tag): Tag {
  const isNumber = typeof tag !== 'string' && 'test' in tag && (tag.test?.test('.') ?? false);
  return isNumber ? ({ ...tag, test: /^[-+]?(?:\d[\d_]*\.[\d_]*|\.\d[\d_]*)$/ } as Tag) : tag;
}

/** Texts that YAML 1.1 would read as a number (base 60 too), a boolean, null or a time; Go puts those in double quotes. */
const looksLikeOther =
  /^(?:|~|null|y|n|yes|no|on|off|true|false|[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?|0x[\da-f]+|0o?[0-7]+|[-+]?\.(?:inf|nan)|[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.\d*)?|\d{4}-\d\d?-\d\d?(?:[Tt ].*)?)$/i;

/** Objects with their keys in order, at every depth; `managedFields` is left out as kubectl does. */
function sorted(value: unknown): unknown {
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
