import { execFile } from 'node:child_process';

import { argvOf, type ArgvOptions } from './argv.ts';
import type { RequirementName } from './find.ts';

export interface RunOptions extends ArgvOptions {
  /** Written to standard input. */
  readonly input?: string;
  /** Milliseconds until it is killed; default 60,000. */
  readonly timeoutMs?: number;
}

/** What a program that ran to its end left behind. */
export interface Finished {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a required program to its end, whatever its exit code. */
export async function run(
  name: RequirementName,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Finished> {
  const argv = argvOf(name, args, options);
  return new Promise((resolve, reject) => {
    const child = execFile(
      argv.command,
      [...argv.args],
      {
        encoding: 'utf8',
        maxBuffer: 256 * 1024 * 1024,
        timeout: options.timeoutMs ?? 60_000,
        killSignal: 'SIGKILL',
        env: { ...process.env, ...options.env },
      },
      (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') {
          reject(new Error(`${name} ${args.join(' ')}: ${error.message}`, { cause: error }));
          return;
        }
        resolve({ stdout, stderr, exitCode: typeof error?.code === 'number' ? error.code : 0 });
      },
    );
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(options.input ?? '');
  });
}

/** As `run`, for a program that must succeed: answers its standard output. @throws {Error} when it exits with another code than 0 */
export async function runOk(
  name: RequirementName,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const finished = await run(name, args, options);
  if (finished.exitCode !== 0)
    throw new Error(
      `${name} ${args.join(' ')} exited with ${finished.exitCode}:\n${finished.stderr}`,
    );
  return finished.stdout;
}
