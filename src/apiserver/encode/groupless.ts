import { parse, stringify } from 'yaml';

import { isJsonObject, type JsonValue } from '#src/meta/json.ts';

import type { ApiResponse } from '../http/messages.ts';

/** An answer for a client from before there were groups: every apiVersion of the group is said without it. */
export function grouplessResponse(response: ApiResponse, group: string): ApiResponse {
  if ('chunks' in response) return { ...response, chunks: grouplessLines(response.chunks, group) };
  const text = response.body.toString();
  const isYaml = response.headers['content-type'] === 'application/yaml';
  const body = isYaml
    ? stringify(groupless(parse(text) as JsonValue, group))
    : `${JSON.stringify(groupless(JSON.parse(text) as JsonValue, group))}\n`;
  return { ...response, body };
}

/** The lines of a watch, of which each chunk has some. */
async function* grouplessLines(
  chunks: AsyncIterable<Buffer>,
  group: string,
): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    const lines = chunk.toString().trimEnd().split('\n');
    const shown = lines.map((line) =>
      JSON.stringify(groupless(JSON.parse(line) as JsonValue, group)),
    );
    yield Buffer.from(`${shown.join('\n')}\n`);
  }
}

function groupless(value: JsonValue, group: string): JsonValue {
  if (Array.isArray(value)) return value.map((item) => groupless(item, group));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]): [string, JsonValue] => {
      if (key === 'apiVersion' && typeof item === 'string')
        return [key, item.startsWith(`${group}/`) ? item.slice(group.length + 1) : item];
      // Which version a manager wrote in is a fact of the record.
      return [key, key === 'managedFields' ? item : groupless(item, group)];
    }),
  );
}
