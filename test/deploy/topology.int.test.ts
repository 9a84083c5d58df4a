import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import { freePort } from '#test/support/free-port.ts';
import { argvOf } from '#test/support/services/argv.ts';
import { startProcess } from '#test/support/services/process.ts';
import { tempDir } from '#test/support/temp-dir.ts';

interface Compose {
  readonly services: Readonly<Record<string, { readonly command: readonly string[] }>>;
}

const path = (name: string): string => fileURLToPath(new URL(`../../${name}`, import.meta.url));
const { services } = parse(readFileSync(path('docker-compose.yml'), 'utf8'), {
  merge: true,
}) as Compose;

function makeSecrets(directory: string): Record<string, string> {
  execFileSync(path('deploy/make-secrets.sh'), [directory]);
  const files = readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files.map((file) => [file.slice(directory.length + 1), readFileSync(file, 'utf8').trim()]),
  );
}

test('secrets are made once, differ between deployments, and belong together', () => {
  using one = tempDir('secrets');
  using two = tempDir('secrets');
  const first = makeSecrets(one.path);
  expect(makeSecrets(one.path)).toEqual(first);
  const other = makeSecrets(two.path);
  expect(Object.keys(other).toSorted()).toEqual([
    'postgres/password',
    'redis/password',
    'redis/redis.conf',
    'registry/notification-token',
    'sluice/database-url',
    'sluice/encryption-key',
    'sluice/redis-url',
  ]);
  for (const [name, value] of Object.entries(first)) expect(other[name]).not.toBe(value);
  expect(new URL(first['sluice/database-url']!).password).toBe(first['postgres/password']);
  expect(new URL(first['sluice/redis-url']!).password).toBe(first['redis/password']);
  expect(Buffer.from(first['sluice/encryption-key']!, 'base64')).toHaveLength(32);
  expect(statSync(join(one.path, 'sluice/encryption-key')).mode & 0o222).toBe(0);
});

test('Redis starts with the command of the compose file and wants the password', async () => {
  using directory = tempDir('compose-redis');
  const secrets = makeSecrets(directory.path);
  const port = await freePort();
  const [program, ...args] = services['redis']!.command;
  expect(program).toBe('redis-server');
  const own = ['--port', String(port), '--bind', '127.0.0.1', '--dir', directory.path];
  const command = args.map((arg) => arg.replace('/secrets/', `${directory.path}/redis/`));
  await using redis = await startProcess(
    argvOf('redis', [...command, ...own], { directories: [directory.path] }),
    { ready: /Ready to accept connections/u },
  );
  const ask = async (text: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => socket.write(`${text}\r\nQUIT\r\n`));
      let reply = '';
      socket.on('data', (chunk) => (reply += chunk.toString()));
      socket.once('error', reject);
      socket.once('close', () => {
        resolve(reply);
      });
    });
  expect(await ask('PING')).toContain('NOAUTH');
  const reply = await ask(`AUTH ${secrets['redis/password']!}\r\nCONFIG GET appendonly`);
  expect(reply).toContain('yes');
  expect(redis.logs()).not.toContain(secrets['redis/password']);
});

test('registry:2 starts with its configuration, takes an image and deletes it', async () => {
  using directory = tempDir('compose-registry');
  const [verb, file] = services['registry']!.command;
  expect([verb, file]).toEqual(['serve', '/etc/docker/registry/config.yml']);
  const env = {
    REGISTRY_HTTP_ADDR: '127.0.0.1:0',
    REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY: directory.path,
  };
  await using registry = await startProcess(
    argvOf('registry', ['serve', path('deploy/registry/config.yml')], {
      directories: [directory.path, path('deploy')],
      env,
    }),
    { ready: /listening on /u, env: { ...process.env, ...env } },
  );
  const port = /:(?<port>\d+)"/u.exec(registry.readyLine)!.groups!['port']!;
  const target = new PushTarget(`http://127.0.0.1:${port}`);
  const image = distinctImage('compose');
  await target.pushImage('acme/demo', ['v1'], image);
  await target.deleteManifest('acme/demo', image.digest);
  const gone = await fetch(`http://127.0.0.1:${port}/v2/acme/demo/manifests/v1`);
  expect(gone.status).toBe(404);
});

test('the image starts the program with secrets from files, and its arguments', () => {
  using directory = tempDir('entrypoint');
  for (const name of ['deploy', 'bin']) mkdirSync(join(directory.path, name));
  copyFileSync(path('deploy/entrypoint.sh'), join(directory.path, 'deploy/entrypoint.sh'));
  const program = join(directory.path, 'bin/sluice');
  writeFileSync(program, '#!/bin/sh\necho "$@"; env | grep ^SLUICE_ | sort\n', { mode: 0o755 });
  const secret = join(directory.path, 'url');
  writeFileSync(secret, 'postgresql://sluice:p$w`d@postgres/sluice\n');
  const printed = execFileSync(
    join(directory.path, 'deploy/entrypoint.sh'),
    ['worker', '--queues', 'a b'],
    { env: { PATH: process.env['PATH'], SLUICE_DATABASE_URL_FILE: secret }, encoding: 'utf8' },
  );
  expect(printed).toBe(
    'worker --queues a b\nSLUICE_DATABASE_URL=postgresql://sluice:p$w`d@postgres/sluice\n',
  );
});
