import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { CliError } from './errors.ts';
import type { Connection, ConnectionFlags, Surroundings } from './kubeconfig.ts';

/** What a login leaves in a kubeconfig. */
export interface Login {
  readonly connection: Connection;
  readonly user: string;
  readonly token: string;
}

interface Named {
  readonly name: string;
}

interface Kubeconfig {
  readonly apiVersion: 'v1';
  readonly kind: 'Config';
  readonly clusters: readonly (Named & { readonly cluster?: unknown })[];
  readonly users: readonly (Named & { readonly user?: unknown })[];
  readonly contexts: readonly (Named & { readonly context?: Readonly<Record<string, unknown>> })[];
  readonly 'current-context': string;
}

/** The file that `login` and `project` change: the first of those that connections are read from. */
export function kubeconfigToChange(flags: ConnectionFlags, around: Surroundings): string {
  if (flags.kubeconfig !== undefined) return resolve(around.cwd, flags.kubeconfig);
  const listed = (around.env['KUBECONFIG'] ?? '').split(':').find((path) => path !== '');
  if (listed !== undefined) return resolve(around.cwd, listed);
  const own = join(around.cwd, '.sluice', 'admin.kubeconfig');
  const home = around.env['HOME'];
  if (home === undefined) return own;
  const users = join(home, '.kube', 'config');
  return !existsSync(users) && existsSync(own) ? own : users;
}

/** Replaces a kubeconfig as a whole; only its owner can read it. */
export async function changeKubeconfig(
  path: string,
  change: (text: string) => string,
): Promise<void> {
  const before = existsSync(path) ? await readFile(path, 'utf8') : '';
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const written = `${path}.${process.pid}.new`;
  await writeFile(written, change(before), { mode: 0o600 });
  await rename(written, path);
}

/** The kubeconfig with cluster, user and a current context of a login; others stay. */
export function withLogin(text: string, { connection, user, token }: Login): string {
  const config = read(text);
  const cluster = new URL(connection.server).host.replaceAll('.', '-');
  const userName = `${user}/${cluster}`;
  const context = `${connection.namespace}/${cluster}/${user}`;
  return stringify({
    ...config,
    clusters: replaced(config.clusters, { name: cluster, cluster: clusterOf(connection) }),
    users: replaced(config.users, { name: userName, user: { token } }),
    contexts: replaced(config.contexts, {
      name: context,
      context: { cluster, user: userName, namespace: connection.namespace },
    }),
    'current-context': context,
  });
}

/** The kubeconfig without a token, wherever it stands; everything else stays. */
export function withoutToken(text: string, token: string): string {
  const config = read(text);
  const users = config.users.map((entry) => {
    const { token: known, ...user } = (entry.user ?? {}) as Readonly<Record<string, unknown>>;
    return known === token ? { ...entry, user } : entry;
  });
  return stringify({ ...config, users });
}

/**
 * The kubeconfig with another namespace in a context.
 * @param context the current one when absent
 * @throws {CliError} when there is no such context
 */
export function withNamespace(text: string, namespace: string, context?: string): string {
  const config = read(text);
  const name = context ?? config['current-context'];
  const found = config.contexts.find((each) => each.name === name);
  if (found === undefined)
    throw new CliError(
      'the kubeconfig has no current context to change; pass -n with each command, or log in first with "sluice login"',
    );
  const next = { ...found, context: { ...found.context, namespace } };
  return stringify({ ...config, contexts: replaced(config.contexts, next) });
}

function clusterOf({ server, ca, skipTlsVerify }: Connection): Record<string, unknown> {
  return {
    server,
    ...(ca === undefined
      ? {}
      : { 'certificate-authority-data': Buffer.from(ca).toString('base64') }),
    ...(skipTlsVerify ? { 'insecure-skip-tls-verify': true } : {}),
  };
}

function read(text: string): Kubeconfig {
  const parsed = parse(text) as Partial<Kubeconfig> | null;
  return {
    ...parsed,
    apiVersion: 'v1',
    kind: 'Config',
    clusters: parsed?.clusters ?? [],
    users: parsed?.users ?? [],
    contexts: parsed?.contexts ?? [],
    'current-context': parsed?.['current-context'] ?? '',
  };
}

function replaced<T extends Named>(list: readonly T[], entry: T): T[] {
  const index = list.findIndex(({ name }) => name === entry.name);
  return index < 0 ? [...list, entry] : list.with(index, entry);
}
