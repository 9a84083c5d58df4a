/** Starts `sluice serve` as a process, as a user does, for tests that speak HTTP or run clients. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';

import { kubectl, type KubectlOptions } from './services/kubectl.ts';
import { startProcess, type RunningProcess } from './services/process.ts';
import type { Finished } from './services/run.ts';
import { tempDir } from './temp-dir.ts';

export interface ServerOptions {
  /** Further flags of `serve`. */
  readonly args?: readonly string[];
  /** Variables on top of this process's environment, from which every `SLUICE_` variable is taken out. */
  readonly env?: Readonly<Record<string, string>>;
  /** A data directory that outlives the server; default one of its own. */
  readonly dataDir?: string;
  /** Milliseconds to become ready; default 60,000 (the first start makes a database). */
  readonly timeoutMs?: number;
}

/** A running server. Disposing of it stops it and removes its data directory when it was its own. */
export interface Server extends AsyncDisposable {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string;
  readonly kubeconfig: string;
  /** PEM of the authority that signed the server's certificate. */
  readonly ca: string;
  /** Bearer token of the administrator. */
  readonly token: string;
  readonly dataDir: string;
  readonly pid: number;
  /** Runs kubectl as the administrator, whatever its exit code. */
  kubectl(args: readonly string[], options?: Omit<KubectlOptions, 'kubeconfig'>): Promise<Finished>;
  /** Sends SIGTERM; answers the exit code, null when it had to be killed (after 15 s). */
  stop(): Promise<number | null>;
  kill9(): Promise<void>;
  /** Settles when it has ended, with its exit code, null when a signal ended it. */
  readonly exited: Promise<number | null>;
  /** What it printed so far. */
  logs(): string;
}

/** A running `sluice worker`. Disposing of it stops it. */
export type Worker = Pick<
  RunningProcess,
  'pid' | 'logs' | 'stop' | 'kill9' | 'exited' | typeof Symbol.asyncDispose
>;

const program = fileURLToPath(new URL('../../bin/sluice', import.meta.url));
const readyLine = /^sluice ready (?<url>https:\/\/\S+) kubeconfig (?<kubeconfig>.+)$/u;

/**
 * Starts a server on a free port and waits for its ready line.
 * @throws {Error} when it does not become ready; the message holds what it printed
 */
export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const own = options.dataDir === undefined ? tempDir('data') : undefined;
  const dataDir = options.dataDir ?? own?.path ?? '';
  try {
    const running = await startProcess(
      {
        command: program,
        args: [
          'serve',
          '--listen=127.0.0.1:0',
          `--data-dir=${dataDir}`,
          '--log-format=json',
          ...(options.args ?? []),
        ],
      },
      { ready: readyLine, env: environment(options.env), timeoutMs: options.timeoutMs ?? 60_000 },
    );
    return serverOf(running, dataDir, () => own?.[Symbol.dispose]());
  } catch (error) {
    own?.[Symbol.dispose]();
    throw error;
  }
}

/** Starts a worker beside servers, on their database and Redis, and waits until it takes jobs. */
export async function startWorker(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Worker> {
  return startProcess(
    { command: program, args: ['worker', '--log-format=json', ...args] },
    { ready: /^sluice worker ready /u, env: environment(env), timeoutMs: 60_000 },
  );
}

function serverOf(running: RunningProcess, dataDir: string, dispose: () => void): Server {
  const { url = '', kubeconfig = '' } = readyLine.exec(running.readyLine)?.groups ?? {};
  const { ca, token } = readKubeconfig(kubeconfig);
  const graceMs = 15_000;
  return {
    url,
    kubeconfig,
    ca,
    token,
    dataDir,
    pid: running.pid,
    kubectl: async (args, options) => kubectl(args, { ...options, kubeconfig }),
    stop: async () => running.stop(graceMs),
    kill9: async () => running.kill9(),
    exited: running.exited,
    logs: () => running.logs(),
    [Symbol.asyncDispose]: async () => {
      await running.stop(graceMs);
      dispose();
    },
  };
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: {
      readonly 'certificate-authority-data'?: string;
      readonly 'certificate-authority'?: string;
    };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

function readKubeconfig(file: string): { ca: string; token: string } {
  const { clusters, users } = parse(readFileSync(file, 'utf8')) as Kubeconfig;
  const cluster = clusters[0]?.cluster ?? {};
  const data = cluster['certificate-authority-data'];
  const ca =
    data === undefined
      ? readFileSync(join(file, '..', cluster['certificate-authority'] ?? ''), 'utf8')
      : Buffer.from(data, 'base64').toString('utf8');
  return { ca, token: users[0]?.user.token ?? '' };
}

/** Settings of whoever runs the tests must not change what they see. */
function environment(extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('SLUICE_'));
  return { ...Object.fromEntries(inherited), ...extra };
}
