import { dirname } from 'node:path';

import { run, type Finished } from './run.ts';

export interface KubectlOptions {
  readonly kubeconfig: string;
  /** Written to standard input, for `-f -`. */
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds until it is killed; default 60,000. */
  readonly timeoutMs?: number;
}

/** Runs kubectl against the server of a kubeconfig, whatever its exit code; its cache lies beside the kubeconfig. */
export async function kubectl(
  args: readonly string[],
  { kubeconfig, ...options }: KubectlOptions,
): Promise<Finished> {
  const directory = dirname(kubeconfig);
  return run(
    'kubectl',
    [`--kubeconfig=${kubeconfig}`, `--cache-dir=${directory}/kubectl-cache`, ...args],
    { ...options, directories: [directory] },
  );
}
