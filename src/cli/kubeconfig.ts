import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { withoutCredentials } from '#src/lib/redact.ts';
import { CliError } from './errors.ts';
import { yaml } from './yaml.ts';

/** How to reach one API server, as one person. PEM texts are decoded. */
export interface Connection {
  /** `https://host:port`, without a slash at the end. */
  readonly server: string;
  readonly namespace: string;
  readonly ca?: string;
  readonly skipTlsVerify: boolean;
  readonly tlsServerName?: string;
  readonly token?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
  readonly username?: string;
  readonly password?: string;
}

/** What the command line says about the connection; each wins over the kubeconfig. */
export interface ConnectionFlags {
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
  readonly insecureSkipTlsVerify?: boolean;
  readonly certificateAuthority?: string;
}

/** Where to look for files: the working directory and the environment. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface Named {
  readonly name: string;
  /** The folder of the file that it stood in: relative paths inside are meant from there. */
  readonly folder: string;
  readonly value: Fields;
}

interface MergedConfig {
  readonly currentContext: string;
  readonly contexts: readonly Named[];
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * The connection that kubectl would use: `--kubeconfig`, else `KUBECONFIG` (a list, the first file that says something
 * wins), else `~/.kube/config`; without any of them the server started in this directory, `./.sluice/admin.kubeconfig`.
 * @throws {CliError} when no server is known, its address is no URL, or a kubeconfig cannot be read or names something
 * that it does not hold
 */
export function loadConnection(flags: ConnectionFlags, around: Surroundings): Connection {
  const { context, cluster, user } = chosen(merge(kubeconfigPaths(flags, around)), flags.context);
  return {
    server: serverUrl(flags.server ?? text(cluster?.value['server']) ?? ''),
    namespace: flags.namespace ?? text(context?.value['namespace']) ?? 'default',
    skipTlsVerify:
      flags.insecureSkipTlsVerify ?? cluster?.value['insecure-skip-tls-verify'] === true,
    ...defined('tlsServerName', text(cluster?.value['tls-server-name'])),
    ...defined(
      'ca',
      flags.certificateAuthority === undefined
        ? pem(cluster, 'certificate-authority')
        : readText(resolve(around.cwd, flags.certificateAuthority)),
    ),
    ...credentials(user, flags),
  };
}

function serverUrl(server: string): string {
  if (server === '')
    throw new CliError(
      'no server is known: pass --kubeconfig or --server, or start one here with "sluice serve"',
    );
  if (!/^https?:\/\/[^/]/i.test(server) || !URL.canParse(server))
    throw new CliError(
      `the address of the server is "${withoutCredentials(server)}"; expected a URL such as https://HOST:PORT`,
    );
  return server.replace(/\/+$/, '');
}

interface Chosen {
  readonly context?: Named | undefined;
  readonly cluster?: Named | undefined;
  readonly user?: Named | undefined;
}

function chosen(config: MergedConfig, wanted: string | undefined): Chosen {
  const name = wanted ?? config.currentContext;
  if (name === '') return {};
  const context = find(config.contexts, name, 'context');
  return {
    context,
    cluster: optional(config.clusters, text(context.value['cluster']), 'cluster'),
    user: optional(config.users, text(context.value['user']), 'user'),
  };
}

/** The files to read, the more important first. */
function kubeconfigPaths(flags: ConnectionFlags, around: Surroundings): string[] {
  if (flags.kubeconfig !== undefined) {
    const path = resolve(around.cwd, flags.kubeconfig);
    if (!existsSync(path))
      throw new CliError(`stat ${flags.kubeconfig}: no such file or directory`);
    return [path];
  }
  const listed = (around.env['KUBECONFIG'] ?? '').split(':').filter((path) => path !== '');
  if (listed.length > 0)
    return listed.map((path) => resolve(around.cwd, path)).filter((path) => existsSync(path));
  const home = around.env['HOME'];
  const candidates = [
    ...(home === undefined ? [] : [join(home, '.kube', 'config')]),
    join(around.cwd, '.sluice', 'admin.kubeconfig'),
  ];
  return candidates.filter((path) => existsSync(path)).slice(0, 1);
}

function merge(paths: readonly string[]): MergedConfig {
  const files = paths.map((path) => ({ folder: dirname(path), fields: parseFile(path) }));
  const named = (list: string, inner: string): Named[] =>
    files.flatMap(({ folder, fields }) =>
      entries(fields[list]).map((entry) => ({
        name: text(entry['name']) ?? '',
        folder,
        value: isFields(entry[inner]) ? entry[inner] : {},
      })),
    );
  const current = files
    .map(({ fields }) => text(fields['current-context']) ?? '')
    .find((name) => name !== '');
  return {
    currentContext: current ?? '',
    contexts: named('contexts', 'context'),
    clusters: named('clusters', 'cluster'),
    users: named('users', 'user'),
  };
}

function parseFile(path: string): Fields {
  const content = readText(path);
  try {
    const parsed: unknown = yaml().parse(content);
    return isFields(parsed) ? parsed : {};
  } catch {
    throw new CliError(`error loading config file "${path}": it is not YAML`);
  }
}

function credentials(user: Named | undefined, flags: ConnectionFlags): Partial<Connection> {
  if (flags.token !== undefined) return { token: flags.token };
  if (user === undefined) return {};
  const { value } = user;
  const tokenFile = text(value['tokenFile']);
  return {
    ...defined(
      'token',
      tokenFile === undefined
        ? text(value['token'])
        : readText(resolve(user.folder, tokenFile)).trim(),
    ),
    ...defined('clientCert', pem(user, 'client-certificate')),
    ...defined('clientKey', pem(user, 'client-key')),
    ...defined('username', text(value['username'])),
    ...defined('password', text(value['password'])),
  };
}

/** `⟨key⟩-data` in base64, else the file that `⟨key⟩` names. */
function pem(named: Named | undefined, key: string): string | undefined {
  if (named === undefined) return undefined;
  const data = text(named.value[`${key}-data`]);
  if (data !== undefined) return Buffer.from(data, 'base64').toString('utf8');
  const path = text(named.value[key]);
  return path === undefined ? undefined : readText(resolve(named.folder, path));
}

function optional(
  list: readonly Named[],
  name: string | undefined,
  what: string,
): Named | undefined {
  return name === undefined ? undefined : find(list, name, what);
}

function find(list: readonly Named[], name: string, what: string): Named {
  const found = list.find((entry) => entry.name === name);
  if (found === undefined) throw new CliError(`${what} "${name}" does not exist`);
  return found;
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new CliError(`cannot read ${path}: ${code}`);
  }
}

function defined<K extends keyof Connection>(
  key: K,
  value: Connection[K] | undefined,
): Partial<Connection> {
  return value === undefined || value === '' ? {} : { [key]: value };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function entries(value: unknown): Fields[] {
  return Array.isArray(value) ? value.filter((entry) => isFields(entry)) : [];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
