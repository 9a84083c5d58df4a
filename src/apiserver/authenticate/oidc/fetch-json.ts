import { request } from 'node:https';

export interface FetchJsonOptions {
  /** PEM of the only authorities that are trusted; the machine's own when absent. */
  readonly ca?: string;
  /** Milliseconds for all of it. */
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

/**
 * A JSON document behind an https URL. Redirects are not followed: whoever is asked is who was named.
 * @throws {Error} when there is no such document, or it comes too slowly, or is too large
 */
export function fetchJson(
  url: string,
  { ca, timeoutMs, maxBytes }: FetchJsonOptions,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(timeoutMs);
    const outgoing = request(url, {
      signal,
      agent: false,
      headers: { accept: 'application/json', 'user-agent': 'sluice' },
      ...(ca === undefined ? {} : { ca }),
    });
    outgoing.once('error', (error) => {
      reject(signal.aborted ? new Error(`no answer within ${timeoutMs} ms`) : error);
    });
    outgoing.once('response', (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxBytes) outgoing.destroy(new Error(`more than ${maxBytes} bytes`));
        else chunks.push(chunk);
      });
      response.once('error', reject);
      response.once('end', () => {
        if (response.statusCode !== 200) {
          reject(new Error(`status ${response.statusCode ?? 0}`));
          return;
        }
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch {
          reject(new Error('the answer is not JSON'));
        }
      });
    });
    outgoing.end();
  });
}
