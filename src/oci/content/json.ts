/** JSON from outside: bounded in depth before it is parsed, valid UTF-8, no key twice. */
import { AmbiguousManifestError, InvalidManifestError } from '../errors/content.ts';
import { LimitError } from '../errors/network.ts';
import { cleanText } from '../text.ts';

export interface JsonOptions {
  readonly maxDepth: number;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const quote = 0x22;
const backslash = 0x5c;

/**
 * Parses JSON.
 * @throws {LimitError} when it is nested deeper than allowed, before anything is allocated for it
 * @throws {InvalidManifestError} when it is not UTF-8, or not JSON
 */
export function parseJson(bytes: Uint8Array, { maxDepth }: JsonOptions): unknown {
  checkDepth(bytes, maxDepth);
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch {
    throw new InvalidManifestError('the text is not UTF-8');
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // The parser's message quotes the text.
    throw new InvalidManifestError('the text is not JSON');
  }
}

/** Structure bytes are ASCII, so the scan works on bytes of UTF-8. */
function checkDepth(bytes: Uint8Array, maxDepth: number): void {
  let depth = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) at = endOfString(bytes, at);
    else if ((byte | 0x20) === 0x7b) {
      depth += 1;
      if (depth > maxDepth) throw new LimitError('jsonDepth', maxDepth);
    } else if ((byte | 0x20) === 0x7d) depth -= 1;
  }
}

/** Index of the closing quote, or the end. */
function endOfString(bytes: Uint8Array, start: number): number {
  let at = start + 1;
  while (at < bytes.length && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at;
}

/**
 * Refuses documents that two readers may understand differently: a key that stands twice in one object, and keys that
 * are equal but for their case (Go reads them as one, JavaScript as two). `bytes` must be valid JSON.
 * @throws {AmbiguousManifestError} when there is such a key
 */
export function checkUniqueKeys(bytes: Uint8Array): void {
  const scopes: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte === quote) {
      const end = endOfString(bytes, at);
      if (expectsKey) noteKey(bytes.subarray(at, end + 1), scopes.at(-1));
      expectsKey = false;
      at = end;
    } else if (byte === 0x7b) {
      scopes.push(new Set());
      expectsKey = true;
    } else if (byte === 0x5b) {
      scopes.push(undefined);
    } else if (byte === 0x7d || byte === 0x5d) {
      scopes.pop();
      expectsKey = false;
    } else if (byte === 0x2c) {
      expectsKey = scopes.at(-1) !== undefined;
    }
  }
}

function noteKey(literal: Uint8Array, keys: Set<string> | undefined): void {
  const key = (JSON.parse(decoder.decode(literal)) as string).toLowerCase();
  if (keys === undefined) return;
  if (keys.has(key))
    throw new AmbiguousManifestError(`the key "${cleanText(key, 60)}" stands twice in one object`);
  keys.add(key);
}
