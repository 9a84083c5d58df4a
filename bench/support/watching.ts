import { request as httpsRequest } from 'node:https';

import type { LoadTarget } from './load.ts';

const newLine = '\n'.charCodeAt(0);

/**
 * Opens a watch on a connection of its own; the answer closes it.
 * @param arrived is told how many lines a chunk ended: each event is one, and parsing them would measure this process
 * @throws {Error} when the watch is refused
 */
export async function openWatch(
  { url, ca, token }: LoadTarget,
  path: string,
  arrived: (lines: number, chunk: Buffer) => void,
): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      new URL(path, url),
      { ca, agent: false, headers: { authorization: `Bearer ${token}` } },
      (response) => {
        if (response.statusCode !== 200) {
          reject(new Error(`the watch was answered ${String(response.statusCode)}`));
          return;
        }
        response.on('error', () => undefined);
        response.on('data', (chunk: Buffer) => {
          arrived(linesOf(chunk), chunk);
        });
        resolve(() => {
          request.destroy();
        });
      },
    );
    request.on('error', reject);
    request.end();
  });
}

function linesOf(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(newLine); at >= 0; at = chunk.indexOf(newLine, at + 1)) lines += 1;
  return lines;
}
