import { parseDocument } from 'yaml';

import type { JsonValue } from '#src/meta/json.ts';

/** Why a text is neither JSON nor YAML; the message is meant for the client. */
export class ParseError extends Error {
  override readonly name = 'ParseError';
}

/** @throws {ParseError} when the text is no JSON */
export function parseJson(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = text.trim() === '' ? 'unexpected end of JSON input' : withoutText(error.message);
    throw new ParseError(reason, { cause: error });
  }
}

/**
 * Characters of YAML, which takes its reader a hundred times as long as JSON. The largest object that people write by hand is
 * a ConfigMap, of at most as much.
 */
const maxYaml = 1024 * 1024;

/**
 * Reads YAML, or JSON, which is tried first: most bodies that call themselves YAML are JSON.
 * @throws {ParseError} when the text is neither, or YAML of more than a MiB
 */
export function parseJsonOrYaml(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  if (text.length > maxYaml)
    throw new ParseError(`YAML of more than ${maxYaml} characters is not read; send JSON`);
  // Core schema: dates stay strings, as in JSON. Of a key that is there twice the last counts, as in JSON; field validation
  // tells of it. Each error would be made pretty with the line that it stands in, which of many takes their square.
  const document = parseDocument(text, {
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
    // Warnings show the text, and go to standard error past the log.
    logLevel: 'error',
  });
  const [error] = document.errors;
  if (error !== undefined)
    throw new ParseError(`${error.message} at ${placeOf(text, error.pos[0])}`, { cause: error });
  try {
    // Few aliases, so that nested ones cannot blow up the memory.
    return document.toJS({ maxAliasCount: 100 }) as JsonValue;
  } catch (cause) {
    if (cause instanceof ReferenceError) throw new ParseError(cause.message, { cause });
    throw cause;
  }
}

/** `line 4, column 2` */
function placeOf(text: string, position: number): string {
  const before = text.slice(0, position).split('\n');
  return `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
}

/**
 * What is wrong, without the piece of the body that the parser shows: it may be a secret, and what a client is told ends up
 * in logs of pipelines.
 */
function withoutText(message: string): string {
  return message.replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '');
}
