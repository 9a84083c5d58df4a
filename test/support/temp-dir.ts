import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A directory of its own, removed when it is disposed of or when the process ends. */
export interface TempDir extends Disposable {
  readonly path: string;
}

const live = new Set<string>();

process.once('exit', () => {
  for (const path of live) remove(path);
});

/** Makes an empty directory whose name starts with `sluice-` and `purpose`. */
export function tempDir(purpose: string): TempDir {
  mkdirSync(tmpdir(), { recursive: true });
  const path = mkdtempSync(join(tmpdir(), `sluice-${purpose}-`));
  live.add(path);
  return {
    path,
    [Symbol.dispose]: () => {
      remove(path);
    },
  };
}

function remove(path: string): void {
  rmSync(path, { recursive: true, force: true, maxRetries: 10 });
  // What could not be removed is tried again when the process ends.
  live.delete(path);
}
