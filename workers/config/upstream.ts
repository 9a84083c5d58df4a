import { isIP } from 'node:net';
import { resolve } from 'node:path';

import { readRegistries, type Registries } from './registries-file.ts';
import type { Flag } from './settings.ts';
import {
  bad,
  ConfigError,
  oneOf,
  partsOf,
  type Environment,
  type Given,
  type Values,
} from './values.ts';

/** How registries are reached, and which may be. */
export interface UpstreamConfig {
  readonly allowPrivateRegistries: boolean;
  /** CIDRs and single addresses of registries; what is allowed is so whatever else refuses it. */
  readonly addresses?: { readonly allow?: readonly string[]; readonly deny?: readonly string[] };
  /** What is set for single registries. */
  readonly registries?: Registries;
  /** Registry to hosts of token servers that may see its credentials. */
  readonly trustedRealms?: Readonly<Record<string, readonly string[]>>;
  /** Of the outgoing requests to registries; from the variables that every program knows. */
  readonly proxy: { readonly http?: string; readonly https?: string; readonly noProxy?: string };
}

/** @throws {ConfigError} that names flag, value and what was expected */
export function upstreamOf(values: Values, environment: Environment): UpstreamConfig {
  const isPrivate = oneOf(values, 'allow-private-registries', ['true', 'false'] as const);
  return {
    allowPrivateRegistries: isPrivate !== 'false',
    ...addressesOf(values),
    ...registriesOf(values),
    proxy: proxyOf(environment),
  };
}

function addressesOf(values: Values): Pick<UpstreamConfig, 'addresses'> {
  const [allow, deny] = [rangesOf(values, 'allow-addresses'), rangesOf(values, 'deny-addresses')];
  if (allow === undefined && deny === undefined) return {};
  return {
    addresses: {
      ...(allow === undefined ? {} : { allow }),
      ...(deny === undefined ? {} : { deny }),
    },
  };
}

function rangesOf(values: Values, flag: Flag): readonly string[] | undefined {
  const given = values.get(flag);
  if (given === undefined) return undefined;
  const ranges = partsOf(given.value);
  if (!ranges.every(isRange))
    throw bad(given, 'addresses and CIDRs such as 10.0.0.0/8, divided by commas');
  return ranges;
}

function isRange(range: string): boolean {
  const [address = '', prefix, more] = range.split('/');
  const family = isIP(address);
  if (family === 0 || more !== undefined) return false;
  const isPrefix = prefix === undefined || /^\d{1,3}$/.test(prefix);
  return isPrefix && Number(prefix ?? 0) <= (family === 4 ? 32 : 128);
}

function registriesOf(values: Values): Pick<UpstreamConfig, 'registries' | 'trustedRealms'> {
  const [file, realms] = [values.get('registries-config'), values.get('trusted-realms')];
  return {
    ...(file === undefined ? {} : { registries: registriesIn(file) }),
    ...(realms === undefined ? {} : { trustedRealms: realmsOf(realms) }),
  };
}

function registriesIn({ source, value }: Given): Registries {
  try {
    return readRegistries(resolve(value));
  } catch (error) {
    throw new ConfigError(`${source}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function realmsOf(given: Given): Readonly<Record<string, readonly string[]>> {
  const trusted: Record<string, string[]> = {};
  for (const pair of given.value.split(',')) {
    const [, registry, host] =
      /^\s*([a-z0-9.-]+(?::\d{1,5})?)=([a-z0-9.-]+(?::\d{1,5})?)\s*$/.exec(pair) ?? [];
    if (registry === undefined || host === undefined)
      throw bad(given, 'REGISTRY=HOST pairs, divided by commas');
    (trusted[registry] ??= []).push(host);
  }
  return trusted;
}

function proxyOf(environment: Environment): UpstreamConfig['proxy'] {
  const [http, https, noProxy] = ['http_proxy', 'https_proxy', 'no_proxy'].map(
    (name) => environment[name] ?? environment[name.toUpperCase()] ?? '',
  );
  return {
    ...(http === undefined || http === '' ? {} : { http }),
    ...(https === undefined || https === '' ? {} : { https }),
    ...(noProxy === undefined || noProxy === '' ? {} : { noProxy }),
  };
}
