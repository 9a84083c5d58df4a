import { isMap, isScalar, LineCounter, parseDocument, visit } from 'yaml';

import type { BodyFormat } from './content-type.ts';

/** Fields that a body has more than once: whoever reads it takes the last and says nothing. */
export interface DuplicateFields {
  /** One text for each, as a warning says it. */
  readonly warnings: readonly string[];
  /** As the error of strict decoding says all of them. */
  readonly strict: readonly string[];
}

const none: DuplicateFields = { warnings: [], strict: [] };

/** @param text of a body that was read without an error */
export function duplicateFields(text: string, format: BodyFormat): DuplicateFields {
  if (format === 'protobuf' || isCompact(text)) return none;
  if (format === 'json' || looksLikeJson(text)) {
    const texts = duplicatesInJson(text).map((path) => `duplicate field ${JSON.stringify(path)}`);
    return { warnings: texts, strict: texts };
  }
  return inYaml(duplicatesInYaml(text));
}

/** The duplicates of a text that is read as YAML, whatever it looks like, in the words of Go's YAML library. */
export function duplicateYamlFields(text: string): DuplicateFields {
  return isCompact(text) ? none : inYaml(duplicatesInYaml(text));
}

function inYaml(lines: readonly string[]): DuplicateFields {
  if (lines.length === 0) return none;
  return { warnings: lines, strict: [`yaml: unmarshal errors:\n  ${lines.join('\n  ')}`] };
}

/**
 * JSON without spaces, as most clients send it: writing it again gives the same text only if nothing was dropped, which
 * is much quicker to see than to look for.
 */
function isCompact(text: string): boolean {
  try {
    return JSON.stringify(JSON.parse(text)) === text.trimEnd();
  } catch {
    return false;
  }
}

function looksLikeJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** An object or a list that is being read. */
interface Open {
  /** Of an object: the keys so far. */
  readonly keys: Set<string> | undefined;
  /** Path of the value that comes next. */
  path: string;
  index: number;
  /** Where it stands itself. */
  readonly at: string;
}

/** A string, or what opens and closes; everything else of valid JSON says nothing of its structure. */
const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gsu;

/** Paths of the keys that an object has twice, in the order of the text: `spec.tags[0].name`. Each is named once. */
function duplicatesInJson(text: string): string[] {
  const found = new Set<string>();
  const stack: Open[] = [];
  let last = '';
  for (const [part] of text.matchAll(token)) {
    const top = stack.at(-1);
    if (part === '{' || part === '[') stack.push(opened(part, top));
    else if (part === '}' || part === ']') stack.pop();
    else if (part === ',' && top !== undefined) top.index += 1;
    else if (part === ':' && top?.keys !== undefined) addKey(top, top.keys, last, found);
    last = part;
  }
  return [...found];
}

function opened(bracket: '{' | '[', parent: Open | undefined): Open {
  const at = placeIn(parent);
  return { keys: bracket === '{' ? new Set() : undefined, path: at, index: 0, at };
}

function placeIn(parent: Open | undefined): string {
  if (parent === undefined) return '';
  return parent.keys === undefined ? `${parent.at}[${parent.index}]` : parent.path;
}

function addKey(object: Open, keys: Set<string>, text: string, found: Set<string>): void {
  const key = JSON.parse(text) as string;
  object.path = object.at === '' ? key : `${object.at}.${key}`;
  if (keys.has(key)) found.add(object.path);
  keys.add(key);
}

/** `line 4: key "name" already set in map` */
function duplicatesInYaml(text: string): string[] {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { schema: 'core', uniqueKeys: false, lineCounter });
  const found: string[] = [];
  visit(document, {
    Map(_, map) {
      const keys = new Set<unknown>();
      for (const { key } of map.items) {
        if (!isScalar(key)) continue;
        if (keys.has(key.value)) {
          const { line } = lineCounter.linePos(key.range?.[0] ?? 0);
          found.push(`line ${line}: key ${JSON.stringify(String(key.value))} already set in map`);
        }
        keys.add(key.value);
      }
    },
  });
  return isMap(document.contents) ? found : [];
}
