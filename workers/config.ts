import { join, resolve } from 'node:path';

import type { AllowedRegistry } from '#src/domain/allowed-registries.ts';
import { defaultRepositoryLimit } from '#src/domain/import-order.ts';
import { entriesOf, secondsOf, type Retention } from '#src/domain/retention.ts';
import type { ImportMode } from '#src/domain/types.ts';

import { authenticationOf, type AuthenticationConfig } from './config/authentication.ts';
import { givenSettings } from './config/given.ts';
import type { Flag } from './config/settings.ts';
import { upstreamOf, type UpstreamConfig } from './config/upstream.ts';
import {
  bad,
  ConfigError,
  durationOf,
  oneOf,
  partsOf,
  type Environment,
  type Given,
  type Values,
} from './config/values.ts';

export { ConfigError } from './config/values.ts';

export type QueueName = 'import' | 'schedule';
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';
export type LogFormat = 'json' | 'pretty';

/** Everything that flags and variables can say, checked. */
export interface Config extends UpstreamConfig {
  readonly listen: { readonly host: string; readonly port: number };
  readonly dataDir: string;
  /** The embedded PostgreSQL when absent. */
  readonly databaseUrl?: string;
  /** The queue is in PostgreSQL when absent. */
  readonly redisUrl?: string;
  /** Concurrent imports in this process; 0 is none. */
  readonly workers: number;
  /** A job whose worker was not heard of for so long is given to another. */
  readonly jobLockMs: number;
  readonly controllers: boolean;
  readonly scheduleIntervalMs: number;
  /** Of tags whose stream does not say it; everything is kept when absent. */
  readonly retention?: Retention;
  /** Empty without an integrated registry. */
  readonly registryHostname: string;
  /** Empty when the integrated registry is not reached from outside. */
  readonly externalRegistryHostname: string;
  /** Where images may come from; none means anywhere. */
  readonly allowedRegistries: readonly AllowedRegistry[];
  /** Tags that the import of a whole repository takes; -1 is all. */
  readonly maxImagesPerRepository: number;
  /** Of tags that name none. */
  readonly importMode: ImportMode;
  readonly tls?: { readonly certFile: string; readonly keyFile: string };
  readonly clientCaFile?: string;
  readonly watchRecheckMs: number;
  readonly authentication: AuthenticationConfig;
  /** Where the certificate of the server's own authority is written. */
  readonly caFile?: string;
  /** The data directory's own when absent. */
  readonly notificationTokenFile?: string;
  readonly encryptionKeyFile: string;
  /** A file, or `-` for standard output; no audit log when absent. */
  readonly auditLog?: string;
  readonly log: { readonly level: LogLevel; readonly format?: LogFormat };
  readonly queues: readonly QueueName[];
  /** Of a worker; it serves no metrics when absent. */
  readonly metricsListen?: { readonly host: string; readonly port: number };
}

/**
 * Flags win over variables. An empty variable counts as not set.
 * @throws {ConfigError} that names flag, value and what was expected
 */
export function readConfig(
  args: readonly string[],
  environment: Environment = process.env,
): Config {
  const values = givenSettings(args, environment);
  const dataDir = resolve(values.get('data-dir')?.value ?? '.sluice');
  const keyFile = values.get('encryption-key-file')?.value;
  return {
    listen: listenOf(values),
    dataDir,
    ...urlsOf(values),
    workers: countOf(values),
    controllers: oneOf(values, 'controllers', ['on', 'off'] as const) !== 'off',
    jobLockMs: durationOf(values, 'job-lock', 30_000),
    scheduleIntervalMs: durationOf(values, 'schedule-interval', 15 * 60_000),
    ...retentionOf(values),
    registryHostname: hostOf(values, 'registry-hostname'),
    externalRegistryHostname: hostOf(values, 'external-registry-hostname'),
    allowedRegistries: allowedOf(values),
    maxImagesPerRepository: maxImagesOf(values),
    importMode: oneOf(values, 'import-mode', ['Legacy', 'PreserveOriginal'] as const) ?? 'Legacy',
    ...tlsOf(values),
    watchRecheckMs: durationOf(values, 'watch-recheck', 30_000),
    authentication: authenticationOf(values, environment),
    ...notificationsOf(values),
    encryptionKeyFile: keyFile === undefined ? join(dataDir, 'encryption.key') : resolve(keyFile),
    ...upstreamOf(values, environment),
    ...auditLogOf(values),
    log: logOf(values),
    queues: queuesOf(values),
    ...metricsListenOf(values),
  };
}

function listenOf(values: Values): Config['listen'] {
  const given = values.get('listen');
  return given === undefined ? { host: '127.0.0.1', port: 8443 } : addressOf(given);
}

function metricsListenOf(values: Values): Pick<Config, 'metricsListen'> {
  const given = values.get('metrics-listen');
  return given === undefined ? {} : { metricsListen: addressOf(given) };
}

function addressOf(given: Given): { readonly host: string; readonly port: number } {
  const [, v6, name, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]*)):(\d+)$/.exec(given.value) ?? [];
  const port = Number(digits ?? Number.NaN);
  if (!(port <= 65_535)) throw bad(given, 'HOST:PORT with a port from 0 to 65535');
  const host = v6 ?? name ?? '';
  return { host: host === '' ? '0.0.0.0' : host, port };
}

function urlsOf(values: Values): Pick<Config, 'databaseUrl' | 'redisUrl'> {
  const databaseUrl = urlOf(values, 'database-url', ['postgres:', 'postgresql:']);
  const redisUrl = urlOf(values, 'redis-url', ['redis:', 'rediss:']);
  return {
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(redisUrl === undefined ? {} : { redisUrl }),
  };
}

function logOf(values: Values): Config['log'] {
  const level = oneOf(values, 'log-level', ['debug', 'info', 'warn', 'error'] as const);
  const format = oneOf(values, 'log-format', ['json', 'pretty'] as const);
  return { level: level ?? 'info', ...(format === undefined ? {} : { format }) };
}

function auditLogOf(values: Values): Pick<Config, 'auditLog'> {
  const file = values.get('audit-log')?.value;
  if (file === undefined) return {};
  return { auditLog: file === '-' ? file : resolve(file) };
}

/** URLs may hold a password, so the value is not repeated. */
function urlOf(values: Values, flag: Flag, protocols: readonly string[]): string | undefined {
  const given = values.get(flag);
  if (given === undefined) return undefined;
  const isGood = URL.canParse(given.value) && protocols.includes(new URL(given.value).protocol);
  if (isGood) return given.value;
  const expected = protocols.map((protocol) => `${protocol}//…`).join(' or ');
  throw new ConfigError(`${given.source} is not a URL of the form ${expected}`);
}

function countOf(values: Values): number {
  const given = values.get('workers');
  if (given === undefined) return 8;
  if (!/^\d{1,4}$/.test(given.value)) throw bad(given, 'a number from 0 to 9999');
  return Number(given.value);
}

function retentionOf(values: Values): Pick<Config, 'retention'> {
  const [count, age] = [values.get('history-entries'), values.get('history-age')];
  const entries = count === undefined ? undefined : entriesOf(count.value);
  const ageSeconds = age === undefined ? undefined : secondsOf(age.value);
  if (count !== undefined && entries === undefined) throw bad(count, 'a number from 1');
  if (age !== undefined && ageSeconds === undefined) throw bad(age, 'a time such as 12h or 90d');
  if (entries === undefined && ageSeconds === undefined) return {};
  return {
    retention: {
      ...(entries === undefined ? {} : { entries }),
      ...(ageSeconds === undefined ? {} : { ageSeconds }),
    },
  };
}

function hostOf(values: Values, flag: Flag): string {
  const given = values.get(flag);
  if (given === undefined) return '';
  if (!/^[A-Za-z0-9.-]+(?::\d{1,5})?$/.test(given.value)) throw bad(given, 'HOST or HOST:PORT');
  return given.value;
}

function allowedOf(values: Values): readonly AllowedRegistry[] {
  const given = values.get('allowed-registries');
  if (given === undefined) return [];
  const names = partsOf(given.value);
  if (!names.every((name) => /^[A-Za-z0-9.*?-]+(?::[0-9*?]{1,5})?$/.test(name)))
    throw bad(given, 'HOST or HOST:PORT with the wildcards * and ?, divided by commas');
  return names.map((domainName) => ({ domainName }));
}

function maxImagesOf(values: Values): number {
  const given = values.get('max-images-per-repository');
  if (given === undefined) return defaultRepositoryLimit;
  if (!/^(?:-1|\d{1,6})$/.test(given.value)) throw bad(given, 'a number, or -1 for all');
  return Number(given.value);
}

function tlsOf(values: Values): Pick<Config, 'tls' | 'clientCaFile'> {
  const [cert, key, ca] = [
    values.get('tls-cert'),
    values.get('tls-key'),
    values.get('tls-client-ca'),
  ];
  const clientCa = ca === undefined ? {} : { clientCaFile: resolve(ca.value) };
  if (cert === undefined && key === undefined) return clientCa;
  if (cert === undefined || key === undefined)
    throw new ConfigError('--tls-cert and --tls-key belong together; one of them is missing');
  return { tls: { certFile: resolve(cert.value), keyFile: resolve(key.value) }, ...clientCa };
}

function notificationsOf(values: Values): Pick<Config, 'caFile' | 'notificationTokenFile'> {
  const [ca, token] = [values.get('ca-file'), values.get('notification-token-file')];
  if (ca !== undefined && values.has('tls-cert'))
    throw new ConfigError(`${ca.source} is of no use with a certificate of your own`);
  return {
    ...(ca === undefined ? {} : { caFile: resolve(ca.value) }),
    ...(token === undefined ? {} : { notificationTokenFile: resolve(token.value) }),
  };
}

function queuesOf(values: Values): readonly QueueName[] {
  const all = ['import', 'schedule'] as const;
  const given = values.get('queues');
  if (given === undefined) return all;
  const names = partsOf(given.value);
  const known = all.filter((name) => names.includes(name));
  if (known.length !== new Set(names).size) throw bad(given, `names out of ${all.join(', ')}`);
  return known;
}
