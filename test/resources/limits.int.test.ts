/** What is left of an import that a limit keeps from the record. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { importsOf } from './golden/import-worker.ts';
import { RecordedImporter } from './golden/recorded-importer.ts';
import { startTestApi, type ApiAnswer, type TestApi } from './support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({
    namespaces: ['app'],
    importQueue: importsOf(() => api, new RecordedImporter()),
  });
  await api.post('/api/v1/namespaces/app/limitranges', {
    metadata: { name: 'limits' },
    spec: {
      limits: [{ type: 'openshift.io/ImageStream', max: { 'openshift.io/image-tags': '1' } }],
    },
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const ns = '/apis/image.openshift.io/v1/namespaces/app';

function importOf(name: string, ...tags: readonly string[]): Promise<ApiAnswer> {
  return api.post(`${ns}/imagestreamimports`, {
    metadata: { name },
    spec: {
      import: true,
      images: tags.map((tag) => ({
        from: { kind: 'DockerImage', name: `127.0.0.1:15000/acme/demo:${tag}` },
        to: { name: tag },
        importPolicy: { insecure: true },
      })),
    },
  });
}

const text =
  'requested usage of openshift.io/image-tags exceeds the maximum limit per openshift.io/ImageStream (2 > 1)';

test('the tags that an import would have brought beyond a limit say so, and the others stay as they were', async () => {
  expect((await importOf('demo', 'v1')).status).toBe(201);
  const before = (await api.get(`${ns}/imagestreams/demo`)).body;
  const refused = await importOf('demo', 'v2');
  expect([403, 422]).toContain(refused.status);
  expect(refused.body.message).toContain(text);
  const { spec, status } = (await api.get(`${ns}/imagestreams/demo`)).body;
  expect(spec).toEqual(before.spec);
  expect(status.tags[0]).toEqual(before.status.tags[0]);
  expect(status.tags[1]).toMatchObject({
    tag: 'v2',
    items: null,
    conditions: [{ type: 'ImportSuccess', status: 'False', reason: refused.body.reason }],
  });
  expect(status.tags[1].conditions[0].message).toContain(text);
});

test('a stream that would be beyond the limit from the start does not come to be', async () => {
  const refused = await importOf('new', 'v1', 'v2');
  expect(refused.body.message).toContain(text);
  expect((await api.get(`${ns}/imagestreams/new`)).status).toBe(404);
});
