import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

import { dyingWithParent, type Argv } from './argv.ts';

/** A started service. Disposing of it stops it. */
export interface RunningProcess extends AsyncDisposable {
  readonly pid: number;
  /** The line that said that the service is ready. */
  readonly readyLine: string;
  /** Everything it printed so far, standard output and error mixed, the newest 20,000 lines. */
  logs(): string;
  /** Sends SIGTERM and waits for the end; after `graceMs` (default 10,000) SIGKILL. Answers the exit code, null when a signal ended it. */
  stop(graceMs?: number): Promise<number | null>;
  /** Kills at once, as a power cut does. */
  kill9(): Promise<void>;
  /** Sends a signal and does not wait. */
  signal(signal: NodeJS.Signals): void;
  /** Settles when it has ended. */
  readonly exited: Promise<number | null>;
}

export interface StartOptions {
  /** A printed line that means "ready". */
  readonly ready: RegExp;
  /** The environment, all of it. Default: this process's. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Milliseconds to become ready; default 30,000. */
  readonly timeoutMs?: number;
}

const maxLogLines = 20_000;
const live = new Map<ChildProcess, Argv>();

process.once('exit', () => {
  for (const [child, argv] of live) killTree(child, argv);
});

/**
 * Starts a program and waits until it says that it is ready. It dies with this process.
 * @throws {Error} when it ends or stays silent before that; the message holds what it printed
 */
export async function startProcess(argv: Argv, options: StartOptions): Promise<RunningProcess> {
  const { command, args } = dyingWithParent(argv);
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env ?? process.env,
    ...(options.cwd !== undefined && { cwd: options.cwd }),
  });
  live.set(child, argv);
  const lines: string[] = [];
  const exited = new Promise<number | null>((resolve) => {
    child.once('error', (error) => {
      lines.push(error.message);
      live.delete(child);
      resolve(null);
    });
    child.once('exit', (code) => {
      live.delete(child);
      resolve(code);
    });
  });
  const ready = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr])
      createInterface({ input: stream }).on('line', (line) => {
        lines.push(line);
        if (lines.length > maxLogLines) lines.shift();
        if (options.ready.test(line)) resolve(line);
      });
  });
  const readyLine = await firstOf(ready, exited, options.timeoutMs ?? 30_000);
  if (typeof readyLine !== 'string') {
    killTree(child, argv);
    throw new Error(`${argv.command} ${readyLine.why}:\n${lines.join('\n')}`);
  }
  return new Running(child, argv, { readyLine, lines, exited });
}

async function firstOf(
  ready: Promise<string>,
  exited: Promise<number | null>,
  timeoutMs: number,
): Promise<string | { why: string }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ why: string }>((resolve) => {
    timer = setTimeout(() => {
      resolve({ why: `was not ready after ${timeoutMs} ms` });
    }, timeoutMs);
  });
  try {
    return await Promise.race([
      ready,
      late,
      exited.then((code) => ({ why: `ended with ${String(code)} before it was ready` })),
    ]);
  } finally {
    clearTimeout(timer);
  }
}

interface Started {
  readonly readyLine: string;
  readonly lines: readonly string[];
  readonly exited: Promise<number | null>;
}

class Running implements RunningProcess {
  readonly pid: number;
  readonly readyLine: string;
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #argv: Argv;
  readonly #lines: readonly string[];

  constructor(child: ChildProcess, argv: Argv, { readyLine, lines, exited }: Started) {
    this.#child = child;
    this.#argv = argv;
    this.#lines = lines;
    this.readyLine = readyLine;
    this.exited = exited;
    this.pid = child.pid ?? 0;
  }

  logs(): string {
    return this.#lines.join('\n');
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async stop(graceMs = 10_000): Promise<number | null> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => {
      killTree(this.#child, this.#argv);
    }, graceMs);
    try {
      return await this.exited;
    } finally {
      clearTimeout(timer);
    }
  }

  async kill9(): Promise<void> {
    killTree(this.#child, this.#argv);
    await this.exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** Killing the docker client leaves its container, so that is removed by name. */
function killTree(child: ChildProcess, argv: Argv): void {
  child.kill('SIGKILL');
  live.delete(child);
  if (argv.container === undefined) return;
  try {
    execFileSync('docker', ['rm', '--force', argv.container], { stdio: 'ignore', timeout: 10_000 });
  } catch {
    // It ended by itself.
  }
}
