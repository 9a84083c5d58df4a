import { dirname } from 'node:path';

import { run, runOk, type Finished } from './run.ts';

/**
 * What not every kubectl can, with the minor version of kubectl 1 that can it for sure. Debian 12 has 1.20: for what is
 * missing there, tests choose another spelling or send the requests that kubectl 1.32 sends.
 */
const since = {
  'wait --for=jsonpath': 23,
  'create token': 24,
  'create --validate=strict': 25,
  'apply --prune-allowlist': 26,
  'explain --output': 27,
  'apply --applyset': 27,
  'auth whoami': 28,
  /** `apply --server-side` takes over what `apply` has owned. */
  'apply takes over': 28,
  'wait --for=create': 31,
  'wait --for=delete of nothing': 31,
  /** `apply` and `edit` of kinds that are not Kubernetes' own merge their lists by key. */
  'strategic patches': 32,
  'watch lists': 32,
  protobuf: 32,
  'messages of 1.32': 32,
} as const;

let minor: Promise<number> | undefined;

/** Whether the kubectl of this machine can do something; asked once a process. */
export async function kubectlHas(what: keyof typeof since): Promise<boolean> {
  minor ??= clientMinor();
  return (await minor) >= since[what];
}

async function clientMinor(): Promise<number> {
  const printed = await runOk('kubectl', ['version', '--client', '--output=json']);
  const { clientVersion } = JSON.parse(printed) as { clientVersion: { minor: string } };
  return Number.parseInt(clientVersion.minor, 10);
}

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
