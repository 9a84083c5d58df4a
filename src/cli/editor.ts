import { spawn } from 'node:child_process';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from './errors.ts';

/** A text as it was saved, and the file that it is in. */
export interface Edited {
  readonly text: string;
  readonly path: string;
}

/**
 * Opens a text in `KUBE_EDITOR`, `EDITOR` or vi and waits until it is closed. The file stays, so that nothing is lost
 * when the change cannot be saved.
 * @throws {CliError} when the editor cannot be run or fails
 */
export async function editText(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Edited> {
  const path = join(await mkdtemp(join(tmpdir(), 'sluice-edit-')), 'object.yaml');
  await writeFile(path, text, { mode: 0o600 });
  const [kube = '', own = ''] = [env['KUBE_EDITOR'], env['EDITOR']];
  const editor = kube || own || 'vi';
  // People write arguments into these variables, and the shell is what takes them apart.
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, 'sh', path], { stdio: 'inherit' });
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject).once('exit', (code) => resolve(code ?? 1));
  const code = await promise;
  if (code !== 0)
    throw new CliError(
      `the editor "${editor}" failed (exit code ${code}); set EDITOR to another one`,
    );
  return { text: await readFile(path, 'utf8'), path };
}
