import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What a run of the program left behind. */
interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

/** Runs `bin/sluice` with a kubeconfig. */
export type Sluice = (...args: readonly string[]) => Promise<Ran>;

/** The program, as a user runs it. */
export const program = fileURLToPath(new URL('../../bin/sluice', import.meta.url));

export function sluiceWith(kubeconfig: string, cwd?: string): Sluice {
  return async (...args) => {
    const child = spawn(program, args, {
      env: { ...process.env, KUBECONFIG: kubeconfig },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
    });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (output.stderr += text));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
    return { exit: await promise, ...output };
  };
}

/**
 * Asks until the answer is right.
 * @throws {Error} with the last answer, when it is not within 30 seconds
 */
export async function until<T>(ask: () => Promise<T>, isRight: (answer: T) => boolean): Promise<T> {
  const deadline = performance.now() + 30_000;
  for (;;) {
    const answer = await ask();
    if (isRight(answer)) return answer;
    if (performance.now() > deadline)
      throw new Error(`the last answer was ${JSON.stringify(answer)}`);
    await sleep(100);
  }
}
