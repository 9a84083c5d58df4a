import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { parse } from 'yaml';

import type {
  HostConfig,
  HostConfigSource,
  MirrorConfig,
  TlsConfig,
} from '#src/oci/hosts/config.ts';
import type { LaneOptions } from '#src/oci/net/lane-options.ts';
import { endpointHost, parseRegistry } from '#src/oci/ref/reference.ts';

/** What an administrator says of single registries. */
export interface Registries extends HostConfigSource {
  lookup(registry: string, repository?: string): HostConfig;
  /** Requests a second and in flight, by the host that is connected to. */
  readonly perHost: NonNullable<LaneOptions['perHost']>;
}

interface Mirror {
  readonly host: string;
  readonly path: string;
  readonly pull: MirrorConfig['pullFromMirror'];
}

interface Entry {
  readonly host: string;
  /** Below the host; empty for all of it. */
  readonly path: string;
  readonly config: HostConfig;
  readonly mirrors: readonly Mirror[];
  readonly lane: { readonly ratePerSecond?: number; readonly concurrencyPerHost?: number };
}

type Fields = Readonly<Record<string, unknown>>;

const known: ReadonlySet<string> = new Set([
  'mirrors',
  'neverContactSource',
  'blocked',
  'insecure',
  'ca',
  'clientCert',
  'clientKey',
  'proxy',
  'requestsPerSecond',
  'inFlight',
]);
const hostWide = ['insecure', 'ca', 'clientCert', 'clientKey', 'requestsPerSecond', 'inFlight'];
const pulls = { all: 'all', digest: 'digest-only', tag: 'tag-only' } as const;
const maxCached = 10_000;

/**
 * Reads a file of registries; files that it names are relative to it.
 * @throws {Error} that names the file, the registry and what is wrong with it
 */
export function readRegistries(file: string): Registries {
  const document: unknown = guarded(file, () => parse(readFileSync(file, 'utf8')));
  return guarded(file, () => {
    const fields = objectOf(document, 'the document');
    for (const key of Object.keys(fields))
      if (key !== 'registries') throw new Error(`unknown key ${JSON.stringify(key)}`);
    const entries = Object.entries(objectOf(fields['registries'], 'registries')).map(
      ([name, value]) => guarded(name, () => entryOf(name, objectOf(value, 'it'), dirname(file))),
    );
    return sourceOf(entries);
  });
}

function guarded<T>(where: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function sourceOf(entries: readonly Entry[]): Registries {
  // The longest prefix wins, as in containers-registries.conf.
  const sorted = entries.toSorted((a, b) => b.path.length - a.path.length);
  const hosts = new Map(
    entries.filter(({ path }) => path === '').map((entry) => [entry.host, entry]),
  );
  const cache = new Map<string, HostConfig>();
  return {
    perHost: Object.fromEntries([...hosts].map(([host, { lane }]) => [endpointHost(host), lane])),
    lookup(registry, repository = '') {
      const key = `${registry}/${repository}`;
      const cached = cache.get(key);
      if (cached !== undefined) return cached;
      const entry = sorted.find(
        ({ host, path }) =>
          host === registry && (path === '' || `${repository}/`.startsWith(`${path}/`)),
      );
      const config = configOf(entry, hosts, registry, repository);
      if (cache.size >= maxCached) cache.clear();
      cache.set(key, config);
      return config;
    },
  };
}

function configOf(
  entry: Entry | undefined,
  hosts: ReadonlyMap<string, Entry>,
  registry: string,
  repository: string,
): HostConfig {
  const config = { ...hosts.get(registry)?.config, ...entry?.config };
  if (entry === undefined || entry.mirrors.length === 0) return config;
  const mirrors = entry.mirrors.map(({ host, path, pull }): MirrorConfig => {
    const { scheme, tls, proxy } = hosts.get(host)?.config ?? {};
    const rest = repository.slice(entry.path.length).replace(/^\//u, '');
    return {
      endpoint: host,
      repository: [path, rest].filter((part) => part !== '').join('/'),
      pullFromMirror: pull,
      ...(scheme !== undefined && { scheme }),
      ...(tls !== undefined && { tls }),
      ...(proxy !== undefined && { proxy }),
    };
  });
  return { ...config, mirrors };
}

function entryOf(name: string, fields: Fields, directory: string): Entry {
  for (const key of Object.keys(fields))
    if (!known.has(key)) throw new Error(`unknown key ${JSON.stringify(key)}`);
  const { host, path } = locationOf(name);
  const misplaced = hostWide.find((key) => path !== '' && fields[key] !== undefined);
  if (misplaced !== undefined) throw new Error(`${misplaced} is of a whole host, not of a path`);
  const isInsecure = flagOf(fields, 'insecure');
  const tls = tlsOf(fields, directory, isInsecure === true);
  const proxy = proxyOf(fields['proxy']);
  const blocked = flagOf(fields, 'blocked');
  const neverContactSource = flagOf(fields, 'neverContactSource');
  return {
    host,
    path,
    config: {
      ...(isInsecure === true && { scheme: 'https-then-http' as const }),
      ...(tls !== undefined && { tls }),
      ...(proxy !== undefined && { proxy }),
      ...(blocked !== undefined && { blocked }),
      ...(neverContactSource !== undefined && { neverContactSource }),
    },
    mirrors: mirrorsOf(fields['mirrors']),
    lane: laneOf(fields),
  };
}

function laneOf(fields: Fields): Entry['lane'] {
  const rate = numberOf(fields, 'requestsPerSecond', 0.01);
  const inFlight = numberOf(fields, 'inFlight', 1);
  if (inFlight !== undefined && !Number.isInteger(inFlight))
    throw new Error('inFlight is no whole number');
  return {
    ...(rate !== undefined && { ratePerSecond: rate }),
    ...(inFlight !== undefined && { concurrencyPerHost: inFlight }),
  };
}

function locationOf(text: string): { host: string; path: string } {
  const [host = '', ...rest] = text.split('/');
  return { host: parseRegistry(host), path: rest.join('/') };
}

function mirrorsOf(value: unknown): Mirror[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new Error('mirrors is no list');
  return value.map((each: unknown) => {
    const { location, pull = 'all', ...others } = objectOf(each, 'a mirror');
    const [unknown] = Object.keys(others);
    if (unknown !== undefined)
      throw new Error(`unknown key ${JSON.stringify(unknown)} of a mirror`);
    if (typeof location !== 'string') throw new Error('a mirror has no location');
    if (pull !== 'all' && pull !== 'digest' && pull !== 'tag')
      throw new Error(`pull is ${JSON.stringify(pull)}; expected all, digest or tag`);
    return { ...locationOf(location), pull: pulls[pull] };
  });
}

function tlsOf(fields: Fields, directory: string, isInsecure: boolean): TlsConfig | undefined {
  const [ca, cert, key] = ['ca', 'clientCert', 'clientKey'].map((name) => {
    const file = fields[name];
    if (file === undefined) return undefined;
    if (typeof file !== 'string') throw new Error(`${name} is no file name`);
    const text = readFileSync(resolve(directory, file), 'utf8');
    if (!text.includes('-----BEGIN ')) throw new Error(`${name}: ${file} holds no PEM`);
    return text;
  });
  if ((cert === undefined) !== (key === undefined))
    throw new Error('clientCert and clientKey belong together; one of them is missing');
  if (ca === undefined && cert === undefined && !isInsecure) return undefined;
  return {
    ...(ca !== undefined && { ca: [ca] }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(isInsecure && { insecureSkipVerify: true }),
  };
}

/** Not repeated in errors, as it may hold a password. */
function proxyOf(value: unknown): HostConfig['proxy'] {
  if (value === undefined) return undefined;
  if (value === 'none') return {};
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (url === null || !/^https?:$/u.test(url.protocol))
    throw new Error('proxy is neither "none" nor a URL of the form http://… or https://…');
  return { http: url.href, https: url.href };
}

function flagOf(fields: Fields, name: string): boolean | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'boolean') return value;
  throw new Error(`${name} is ${JSON.stringify(value)}; expected true or false`);
}

function numberOf(fields: Fields, name: string, least: number): number | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value >= least && value <= 10_000) return value;
  throw new Error(`${name} is ${JSON.stringify(value)}; expected a number from ${least} to 10000`);
}

function objectOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new Error(`${what} is no object`);
}
