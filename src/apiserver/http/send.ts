import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

import type { ApiResponse, StreamResponse } from './messages.ts';

/**
 * Writes an answer. A stream is written as fast as the client reads: nothing is buffered beyond Node's own buffer, so
 * whoever produces it notices a slow reader.
 * @param gone aborted when the client has left or the server stops
 */
export async function sendResponse(
  raw: ServerResponse,
  response: ApiResponse,
  gone?: AbortSignal,
): Promise<void> {
  raw.setHeader('x-content-type-options', 'nosniff');
  raw.setHeader('cache-control', 'no-cache, private');
  for (const [name, value] of Object.entries(response.headers))
    raw.setHeader(name, typeof value === 'string' ? value : [...value]);
  raw.statusCode = response.status;
  if ('body' in response) {
    // As bytes: Node would write the headers before a text body as UTF-8, and headers are Latin-1 to it.
    const body = typeof response.body === 'string' ? Buffer.from(response.body) : response.body;
    raw.setHeader('content-length', body.length);
    raw.end(body);
    return;
  }
  await sendStream(raw, response, gone);
}

async function sendStream(
  raw: ServerResponse,
  { chunks }: StreamResponse,
  gone: AbortSignal | undefined,
): Promise<void> {
  // Clients wait for the headers before they count a watch as begun.
  raw.flushHeaders();
  try {
    for await (const chunk of chunks) {
      if (raw.destroyed) return;
      if (!raw.write(chunk)) await once(raw, 'drain', gone === undefined ? {} : { signal: gone });
    }
  } catch (error) {
    if (gone?.aborted === true) {
      raw.end();
      return;
    }
    // The status is sent already: cutting the connection is the only way to say that this is not the end.
    raw.destroy();
    throw error;
  }
  raw.end();
}
