import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
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

/** What was killed may take a moment to end the PostgreSQL under it, which writes into its directory until then. */
const patienceMs = 10_000;
const pauseMs = 50;

function remove(path: string): void {
  const endsAt = performance.now() + patienceMs;
  for (;;) {
    const failure = tryToRemove(path);
    // It may end without an error and leave what came meanwhile.
    if (!existsSync(path)) break;
    if (performance.now() > endsAt)
      throw new Error(`${path} cannot be removed`, { cause: failure });
    // What a process does when it exits cannot wait in any other way.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMs);
  }
  live.delete(path);
}

function tryToRemove(path: string): unknown {
  try {
    rmSync(path, { recursive: true, force: true });
    return undefined;
  } catch (error) {
    return error;
  }
}
