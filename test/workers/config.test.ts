import { describe, expect, test } from 'vitest';

import { ConfigError, readConfig } from '#workers/config.ts';
import { settings } from '#workers/config/settings.ts';
import { usage } from '#workers/config/usage.ts';

test('without flags and variables everything has a default', () => {
  expect(readConfig([], {})).toEqual({
    listen: { host: '127.0.0.1', port: 8443 },
    dataDir: `${process.cwd()}/.sluice`,
    workers: 8,
    jobLockMs: 30_000,
    controllers: true,
    watchRecheckMs: 30_000,
    scheduleIntervalMs: 900_000,
    registryHostname: '',
    externalRegistryHostname: '',
    allowedRegistries: [],
    maxImagesPerRepository: 50,
    importMode: 'Legacy',
    authentication: {
      accessTokenLifetimeMs: 86_400_000,
      serviceAccounts: { issuer: 'https://sluice', maxTokenLifetimeMs: 31_536_000_000 },
    },
    encryptionKeyFile: `${process.cwd()}/.sluice/encryption.key`,
    allowPrivateRegistries: true,
    log: { level: 'info' },
    queues: ['import', 'schedule'],
    proxy: {},
  });
});

test('a flag wins over its variable, and an empty variable counts as not set', () => {
  const environment = { SLUICE_WORKERS: '3', SLUICE_LISTEN: '', SLUICE_LOG_LEVEL: 'debug' };
  const config = readConfig(['--workers', '0'], environment);
  expect(config.workers).toBe(0);
  expect(config.listen.port).toBe(8443);
  expect(config.log.level).toBe('debug');
});

describe.for<{ name: string; args: string[]; expected: object }>([
  {
    name: 'addresses of registries are ranges and single ones',
    args: ['--deny-addresses=10.0.0.0/8, fd00::/8', '--allow-addresses', '10.1.2.3'],
    expected: { addresses: { deny: ['10.0.0.0/8', 'fd00::/8'], allow: ['10.1.2.3'] } },
  },
  {
    name: 'flags are written with a space or an equals sign',
    args: ['--listen=0.0.0.0:0', '--schedule-interval', '1h30m'],
    expected: { listen: { host: '0.0.0.0', port: 0 }, scheduleIntervalMs: 5_400_000 },
  },
  {
    name: 'histories are bounded by entries and by age',
    args: ['--history-entries', '20', '--history-age=90d'],
    expected: { retention: { entries: 20, ageSeconds: 7_776_000 } },
  },
  {
    name: 'registries that images may come from are divided by commas',
    args: ['--allowed-registries', 'quay.io, *.example.com:*,registry:80'],
    expected: {
      allowedRegistries: [
        { domainName: 'quay.io' },
        { domainName: '*.example.com:*' },
        { domainName: 'registry:80' },
      ],
    },
  },
  {
    name: 'imports have a mode and a measure',
    args: ['--import-mode=PreserveOriginal', '--max-images-per-repository=-1'],
    expected: { importMode: 'PreserveOriginal', maxImagesPerRepository: -1 },
  },
  {
    name: 'an IPv6 address stands in brackets',
    args: ['--listen', '[::1]:9443'],
    expected: { listen: { host: '::1', port: 9443 } },
  },
  {
    name: 'a port alone listens everywhere',
    args: ['--listen', ':9443'],
    expected: { listen: { host: '0.0.0.0', port: 9443 } },
  },
  {
    name: 'a switch may stand alone or with a value',
    args: ['--allow-private-registries', 'false', '--controllers=off'],
    expected: { allowPrivateRegistries: false, controllers: false },
  },
  {
    name: 'a switch that stands alone is on',
    args: ['--allow-private-registries', '--workers=1'],
    expected: { allowPrivateRegistries: true, workers: 1 },
  },
  {
    name: 'the public address ends without a slash',
    args: ['--public-url=https://sluice.example.com:6443/', '--access-token-lifetime=8h'],
    expected: {
      authentication: {
        publicUrl: 'https://sluice.example.com:6443',
        accessTokenLifetimeMs: 28_800_000,
        serviceAccounts: { issuer: 'https://sluice.example.com:6443' },
      },
    },
  },
  {
    name: 'front proxies have an authority and names',
    args: ['--requestheader-client-ca-file=/ca.crt', '--requestheader-allowed-names=a, b'],
    expected: {
      authentication: { frontProxy: { caFile: '/ca.crt', allowedNames: ['a', 'b'] } },
    },
  },
  {
    name: 'an issuer outside is described as to kube-apiserver',
    args: [
      '--oidc-issuer-url=https://id.example.com/realm',
      '--oidc-client-id=sluice',
      '--oidc-required-claim=tenant=acme,level=2',
    ],
    expected: {
      authentication: {
        oidc: {
          issuerUrl: 'https://id.example.com/realm',
          clientId: 'sluice',
          usernameClaim: 'sub',
          usernamePrefix: 'https://id.example.com/realm#',
          groupsClaim: '',
          groupsPrefix: '',
          requiredClaims: { tenant: 'acme', level: '2' },
          signingAlgorithms: ['RS256'],
        },
      },
    },
  },
  {
    name: 'a prefix of a hyphen is none',
    args: ['--oidc-issuer-url=https://i', '--oidc-client-id=c', '--oidc-username-prefix=-'],
    expected: { authentication: { oidc: { usernamePrefix: '' } } },
  },
  { name: 'queues are a list', args: ['--queues=schedule'], expected: { queues: ['schedule'] } },
  {
    name: 'certificate and key belong together',
    args: ['--tls-cert=/a', '--tls-key=/b'],
    expected: { tls: { certFile: '/a', keyFile: '/b' } },
  },
  {
    name: 'databases are URLs',
    args: ['--database-url=postgres://u:p@h/d', '--redis-url=rediss://h'],
    expected: { databaseUrl: 'postgres://u:p@h/d', redisUrl: 'rediss://h' },
  },
])('$name', ({ args, expected }) => {
  test('reads', () => {
    expect(readConfig(args, {})).toMatchObject(expected);
  });
});

test.for<{ args: string[]; environment?: Record<string, string>; message: string }>([
  {
    args: ['--deny-addresses=10.0.0.0/33'],
    message:
      '--deny-addresses is "10.0.0.0/33"; expected addresses and CIDRs such as 10.0.0.0/8, divided by commas',
  },
  {
    args: ['--allow-addresses', 'registry.example.com'],
    message:
      '--allow-addresses is "registry.example.com"; expected addresses and CIDRs such as 10.0.0.0/8, divided by commas',
  },
  { args: ['--workers=many'], message: '--workers is "many"; expected a number from 0 to 9999' },
  {
    args: [],
    environment: { SLUICE_SCHEDULE_INTERVAL: '15' },
    message:
      'SLUICE_SCHEDULE_INTERVAL is "15"; expected a duration of at least 1s, such as 15m or 1h30m',
  },
  {
    args: ['--schedule-interval=10ms'],
    message:
      '--schedule-interval is "10ms"; expected a duration of at least 1s, such as 15m or 1h30m',
  },
  {
    args: ['--listen=localhost'],
    message: '--listen is "localhost"; expected HOST:PORT with a port from 0 to 65535',
  },
  {
    args: ['--listen=localhost:70000'],
    message: '--listen is "localhost:70000"; expected HOST:PORT with a port from 0 to 65535',
  },
  { args: ['--controllers=yes'], message: '--controllers is "yes"; expected one of on, off' },
  {
    args: ['--public-url=http://sluice.example.com'],
    message:
      '--public-url is "http://sluice.example.com"; expected https://HOST or https://HOST:PORT',
  },
  {
    args: ['--oidc-issuer-url=https://id.example.com'],
    message: '--oidc-issuer-url and --oidc-client-id belong together; one of them is missing',
  },
  {
    args: ['--oidc-issuer-url=http://id.example.com', '--oidc-client-id=c'],
    message:
      '--oidc-issuer-url is "http://id.example.com"; expected a URL of the form https://…, without query and fragment',
  },
  {
    args: ['--oidc-issuer-url=https://i', '--oidc-client-id=c', '--oidc-signing-algs=HS256'],
    message:
      '--oidc-signing-algs is "HS256"; expected names out of RS256, RS384, RS512, ES256, ES384, ES512, PS256, PS384, PS512',
  },
  {
    args: ['--requestheader-allowed-names=a'],
    message: '--requestheader-allowed-names is of no use without --requestheader-client-ca-file',
  },
  { args: ['--listen'], message: '--listen needs a value: HOST:PORT' },
  { args: ['--bogus'], message: 'unknown argument "--bogus"; --help lists the flags' },
  {
    args: ['--redis-urls=redis://:hunter2@r'],
    message: 'unknown argument "--redis-urls"; did you mean --redis-url?',
  },
  { args: ['serve'], message: 'unknown argument "serve"; --help lists the flags' },
  {
    args: ['--tls-cert=/a'],
    message: '--tls-cert and --tls-key belong together; one of them is missing',
  },
  {
    args: ['--queues=import,trigger2'],
    message: '--queues is "import,trigger2"; expected names out of import, schedule',
  },
])('$args is refused: $message', ({ args, environment = {}, message }) => {
  expect(() => readConfig(args, environment)).toThrow(new ConfigError(message));
});

test('the proxy is read from the variables that every program knows', () => {
  const environment = { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'localhost', http_proxy: '' };
  expect(readConfig([], environment).proxy).toEqual({
    https: 'http://proxy:3128',
    noProxy: 'localhost',
  });
});

test('a URL that is refused is not repeated, as it may hold a password', () => {
  expect(() => readConfig(['--database-url=mysql://u:hunter2@h/d'], {})).toThrow(
    new ConfigError('--database-url is not a URL of the form postgres://… or postgresql://…'),
  );
});

test('the usage of the two programs names every flag with its variable', () => {
  const text = `${usage('serve')}${usage('worker')}`;
  for (const { flag, variable } of settings) {
    expect(text).toContain(`--${flag}`);
    expect(text).toContain(`[${variable}]`);
  }
});

test('the usage of a program leaves out what it has no use for', () => {
  expect(usage('serve')).not.toContain('--queues');
  expect(usage('worker')).toContain('--queues');
  expect(usage('worker')).not.toMatch(/--(?:listen|tls-cert|oidc-\S+) /);
  expect(usage('serve')).toContain('--listen ');
});
