import { existsSync, readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { ApiClient } from '#test/support/api-client.ts';
import { startServer } from '#test/support/server.ts';

const configMaps = '/api/v1/namespaces/default/configmaps';
const configMap = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };

test('a server answers its administrator over HTTP and kubectl, and stops when it is told', async () => {
  await using server = await startServer({ args: ['--workers=0'] });
  using api = new ApiClient(server);
  expect((await api.post(configMaps, configMap)).status).toBe(201);
  expect((await api.get(configMaps, { token: 'wrong' })).status).toBe(401);
  const listed = await server.kubectl(['get', 'configmaps', '-o', 'name']);
  expect(listed).toMatchObject({ exitCode: 0, stdout: 'configmap/a\n' });

  const stopping = new AbortController();
  for await (const event of api.watch(`${configMaps}?watch=true`, stopping.signal)) {
    expect([event.type, event.object.metadata.name]).toEqual(['ADDED', 'a']);
    stopping.abort();
  }
  expect(await server.stop()).toBe(0);
});

test('a server that was killed finds its record again, and leaves no database running', async () => {
  const first = await startServer({ args: ['--workers=0'] });
  const { dataDir } = first;
  using api = new ApiClient(first);
  await api.post(configMaps, configMap);
  await first.kill9();

  await using second = await startServer({ dataDir, args: ['--workers=0'] });
  using again = new ApiClient(second);
  expect((await again.get(`${configMaps}/a`)).status).toBe(200);
  const postmaster = Number(readFileSync(`${dataDir}/pg/18/postmaster.pid`, 'utf8').split('\n')[0]);
  await second.kill9();
  await expect.poll(() => existsSync(`/proc/${postmaster}`), { timeout: 10_000 }).toBe(false);
  await first[Symbol.asyncDispose]();
  expect(existsSync(dataDir)).toBe(false);
});
