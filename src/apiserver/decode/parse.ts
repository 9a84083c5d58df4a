import { parse as parseYaml, YAMLParseError } from 'yaml';

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
 * Reads YAML, or JSON, which is tried first: most bodies that call themselves YAML are JSON.
 * @throws {ParseError} when the text is neither
 */
export function parseJsonOrYaml(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  try {
    // Core schema: dates stay strings, as in JSON. Few aliases, so that nested ones cannot blow up the memory. Of a key
    // that is there twice the last counts, as in JSON; field validation tells of it.
    return parseYaml(text, {
      schema: 'core',
      uniqueKeys: false,
      maxAliasCount: 100,
      // Its warnings show the text, and go to standard error past the log.
      logLevel: 'error',
    }) as JsonValue;
  } catch (error) {
    if (error instanceof YAMLParseError || error instanceof ReferenceError)
      throw new ParseError(withoutText(error.message), { cause: error });
    throw error;
  }
}

/**
 * What is wrong, without the piece of the body that both parsers show: it may be a secret, and what a client is told ends
 * up in logs of pipelines.
 */
function withoutText(message: string): string {
  return message
    .replace(/:\n\n.*$/s, '')
    .replace(/, (?:\.\.\.)?".*"(?:\.\.\.)? is not valid JSON$/s, '');
}
