import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { notificationsPath } from '#src/registry/notifications/receiver.ts';

interface Service {
  readonly hostname?: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly ports: readonly string[];
}
interface Compose {
  readonly services: Readonly<Record<'registry' | 'server' | 'worker', Service>>;
}
interface RegistryConfiguration {
  readonly notifications: {
    readonly endpoints: readonly {
      readonly url: string;
      readonly headers: Readonly<Record<string, readonly string[]>>;
    }[];
  };
}

function file(name: string): string {
  return readFileSync(fileURLToPath(new URL(`../../../${name}`, import.meta.url)), 'utf8');
}

const { registry, server, worker } = (parse(file('docker-compose.yml'), { merge: true }) as Compose)
  .services;
const endpoints = (parse(file('deploy/registry/config.yml')) as RegistryConfiguration).notifications
  .endpoints;

test('the registry reports to the server by the name in its certificate', () => {
  const [endpoint] = endpoints;
  const { host, pathname, searchParams } = new URL(endpoint!.url);
  // The certificate holds the host's own name beside the loopback ones.
  expect(host).toBe(`${server.hostname}:8443`);
  expect(pathname).toBe(notificationsPath);
  expect(searchParams.getAll('host')).toEqual([`registry:${registry.ports[0]!.split(':').at(-1)}`]);
  expect(endpoint!.headers).toEqual({ Authorization: ['Bearer NOTIFICATION_TOKEN'] });
});

function folder({ volumes }: Service): string | undefined {
  return volumes.find((volume) => volume.startsWith('secrets-registry:'));
}

test('registry and server share a volume with token and authority, and the worker has no part in it', () => {
  expect(folder(registry)).toBe('secrets-registry:/secrets:ro');
  expect(folder(server)).toBe('secrets-registry:/secrets/registry');
  expect(folder(worker)).toBeUndefined();
  expect(registry.environment).toEqual({
    NOTIFICATION_TOKEN_FILE: '/secrets/notification-token',
    SSL_CERT_FILE: '/secrets/ca.crt',
  });
  expect(server.environment).toMatchObject({
    SLUICE_NOTIFICATION_TOKEN_FILE: '/secrets/registry/notification-token',
    SLUICE_CA_FILE: '/secrets/registry/ca.crt',
  });
});
