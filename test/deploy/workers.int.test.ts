import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { seedRegistry } from '#fixtures/push.ts';
import { recordedImages } from '#fixtures/recorded.ts';
import { ApiClient } from '#test/support/api-client.ts';
import { startTestDatabase } from '#test/support/postgres.ts';
import { startServer, startWorker } from '#test/support/server.ts';
import { startRedis } from '#test/support/services/redis.ts';
import { startRegistry } from '#test/support/services/registry.ts';
import { tempDir } from '#test/support/temp-dir.ts';

interface Compose {
  readonly services: Readonly<
    Record<
      string,
      {
        readonly command: readonly string[];
        readonly environment: Readonly<Record<string, string>>;
      }
    >
  >;
}

const { services } = parse(
  readFileSync(fileURLToPath(new URL('../../docker-compose.yml', import.meta.url)), 'utf8'),
  { merge: true },
) as Compose;
const streams = '/apis/image.openshift.io/v1/namespaces/default/imagestreams';
const password = 'p@ss/word';

/** A stream of `acme/many` with two of its sixty tags. */
function streamOf(host: string, index: number): object {
  const tags = [index * 2, index * 2 + 1].map((tag) => `t${String(tag).padStart(2, '0')}`);
  return {
    apiVersion: 'image.openshift.io/v1',
    kind: 'ImageStream',
    metadata: { name: `many-${index}` },
    spec: {
      tags: tags.map((name) => ({
        name,
        from: { kind: 'DockerImage', name: `${host}/acme/many:${name}` },
        importPolicy: { insecure: true },
      })),
    },
  };
}

test('a server without workers and two workers share PostgreSQL and Redis, and one of them is enough', async () => {
  await using database = await startTestDatabase();
  await using redis = await startRedis({ password });
  await using registry = await startRegistry();
  using directory = tempDir('workers');
  await seedRegistry(registry.url, { images: recordedImages().open });
  if ('connectionString' in database.connection) throw new Error('reached by its socket');
  const { host, user, port, database: name } = database.connection;
  const secrets = {
    SLUICE_DATABASE_URL: `postgresql://${user}@localhost:${port}/${name}?host=${host}`,
    SLUICE_REDIS_URL: redis.url,
    SLUICE_ENCRYPTION_KEY_FILE: join(directory.path, 'encryption-key'),
  };
  const { command, environment } = services['server']!;
  expect(command).toEqual(['serve']);
  const env = { ...secrets, SLUICE_WORKERS: environment['SLUICE_WORKERS']! };
  await using server = await startServer({ env });
  const dataDir = `--data-dir=${directory.path}`;
  const workerArgs = [...services['worker']!.command.slice(1), dataDir];
  await using first = await startWorker(workerArgs, secrets);
  await using second = await startWorker(workerArgs, secrets);
  using api = new ApiClient(server);

  const imported = async (): Promise<number> => {
    const { body } = await api.get(streams);
    const list = body as { items: { status: { tags?: { items: unknown[] | null }[] } }[] };
    return list.items
      .flatMap(({ status }) => status.tags ?? [])
      .filter(({ items }) => (items ?? []).length > 0).length;
  };
  for (let index = 0; index < 15; index += 1)
    expect((await api.post(streams, streamOf(registry.host, index))).status).toBe(201);
  await expect.poll(imported, { timeout: 30_000 }).toBe(30);

  await first.kill9();
  for (let index = 15; index < 30; index += 1)
    expect((await api.post(streams, streamOf(registry.host, index))).status).toBe(201);
  await expect.poll(imported, { timeout: 30_000 }).toBe(60);
  expect(await second.stop()).toBe(0);
  const printed = [server, first, second].map((each) => each.logs()).join('\n');
  expect(printed).not.toContain(password);
  expect(printed).not.toContain(encodeURIComponent(password));
});
