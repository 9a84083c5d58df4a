import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** What a command left behind. */
export interface Finished {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  /** The exit code without which the demo fails; default 0. */
  readonly exit?: 0 | 1;
  /** A text without which the demo fails, on either output. */
  readonly says?: string;
  /** Texts that are not shown. */
  readonly secrets?: readonly string[];
}

const program = fileURLToPath(new URL('../bin/sluice', import.meta.url));
const pollMs = 200;

/** Tells the story: prints what it does, runs the commands that it prints, and fails when one does not do what it says. */
export class Stage {
  readonly #env: NodeJS.ProcessEnv;
  readonly #started = performance.now();

  constructor(kubeconfig: string) {
    this.#env = { ...process.env, KUBECONFIG: kubeconfig };
  }

  /** A heading with the seconds since the start. */
  say(text: string): void {
    const seconds = ((performance.now() - this.#started) / 1000).toFixed(0).padStart(3);
    process.stdout.write(`\n[${seconds} s] ${text}\n`);
  }

  /**
   * Shows a command line and its output.
   * @throws {Error} when it ends otherwise than expected
   */
  async sluice(args: readonly string[], options: CommandOptions = {}): Promise<Finished> {
    const hide = (text: string): string =>
      (options.secrets ?? []).reduce((shown, secret) => shown.replaceAll(secret, '******'), text);
    process.stdout.write(`  $ sluice ${hide(args.join(' '))}\n`);
    const finished = await this.#run(args);
    const output = hide(`${finished.stdout}${finished.stderr}`).trimEnd();
    process.stdout.write(`${output.replaceAll(/^/gm, '    ')}\n`);
    const wanted = options.exit ?? 0;
    if (finished.exit !== wanted)
      throw new Error(
        `"sluice ${hide(args.join(' '))}" ended with ${finished.exit}, not ${wanted}`,
      );
    if (options.says !== undefined && !output.includes(options.says))
      throw new Error(`"sluice ${hide(args.join(' '))}" did not say "${options.says}"`);
    return finished;
  }

  /**
   * Asks again until the answer is right.
   * @throws {Error} when it is not within `seconds`
   */
  async until(
    what: string,
    args: readonly string[],
    isRight: (stdout: string) => boolean,
    seconds = 30,
  ): Promise<string> {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
      const { stdout, stderr, exit } = await this.#run(args);
      if (exit === 0 && isRight(stdout)) return stdout;
      if (performance.now() > deadline)
        throw new Error(`${what} did not happen within ${seconds} s: ${stdout}${stderr}`);
      await sleep(pollMs);
    }
  }

  async #run(args: readonly string[]): Promise<Finished> {
    const child = spawn(program, args, { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => void (output.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => void (output.stderr += text));
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    child.once('error', reject).once('close', (code) => resolve(code ?? 1));
    return { exit: await promise, ...output };
  }
}
