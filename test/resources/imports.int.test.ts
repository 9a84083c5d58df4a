import { afterAll, beforeAll, expect, test } from 'vitest';

import { importsOf } from './golden/import-worker.ts';
import { RecordedImporter } from './golden/recorded-importer.ts';
import { startTestApi, type ApiAnswer, type TestApi } from './support/api.ts';

let api: TestApi;
/** Whether the worker at hand takes requests and fails; it has its hands full otherwise. */
let isLost = false;

beforeAll(async () => {
  api = await startTestApi({
    namespaces: ['app'],
    allowedRegistries: [{ domainName: '127.0.0.1:15000', insecure: true }],
    importQueue: importsOf(() => api, new RecordedImporter()),
    workerAtHand: {
      take: () => (isLost ? Promise.reject(new Error('the database is away')) : undefined),
    },
    authorize: ({ namespace, resource }) => ({
      allow: namespace === 'app' && resource !== 'images',
      reason: '',
    }),
  });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const ns = '/apis/image.openshift.io/v1/namespaces/app';

function importOf(name: string, from: string, user: string, query = ''): Promise<ApiAnswer> {
  return api.send({
    method: 'POST',
    path: `${ns}/imagestreamimports${query}`,
    headers: { authorization: `Bearer ${user}` },
    body: {
      metadata: { name },
      spec: {
        import: true,
        images: [
          {
            from: { kind: 'DockerImage', name: from },
            to: { name: 'v1' },
            importPolicy: { insecure: true },
          },
        ],
      },
    },
  });
}

const allowed = '127.0.0.1:15000/acme/demo:v1';

test('an import is done by a worker and recorded', async () => {
  const answer = await importOf('demo', allowed, 'admin');
  expect(answer.status).toBe(201);
  expect(answer.body.status.images[0].status).toEqual({ metadata: {}, status: 'Success' });
  expect(answer.body.status.import.metadata.name).toBe('demo');
  const tag = await api.get(`${ns}/imagestreamtags/demo:v1`);
  expect(tag.body.image.metadata.name).toBe(answer.body.status.images[0].image.metadata.name);
});

test('a dry run asks the registry and records nothing', async () => {
  const answer = await importOf('dry', allowed, 'admin', '?dryRun=All');
  expect(answer.status).toBe(201);
  expect(answer.body.spec.import).toBe(true);
  expect(answer.body.status.images[0].image.metadata.name).toMatch(/^sha256:/);
  expect(answer.body.status).not.toHaveProperty('import');
  expect((await api.get(`${ns}/imagestreams/dry`)).status).toBe(404);
});

test('registries that are not allowed are refused to those who may not create images', async () => {
  expect((await importOf('dev', allowed, 'dev')).status).toBe(201);
  const refused = await importOf('dev', 'quay.io/acme/app:1', 'dev');
  expect(refused.status).toBe(422);
  expect(refused.body.message).toContain(
    'spec.images[0].from.name: Forbidden: importing images from registry "quay.io:80" is forbidden: registry "quay.io" not allowed by whitelist',
  );
});

test('whether a user may create images is asked for the whole cluster, as OpenShift asks it', async () => {
  api.reviews.length = 0;
  await importOf('asked', allowed, 'dev');
  const asked = api.reviews
    .filter(({ verb, namespace }) => verb === 'create' && namespace === '')
    .map(({ resource }) => resource);
  expect(asked).toEqual(['images', 'imagestreammapping']);
});

test('an import that the worker at hand cannot do is done by another one', async () => {
  isLost = true;
  const answer = await importOf('handed', allowed, 'admin');
  isLost = false;
  expect(answer.status).toBe(201);
  expect((await api.get(`${ns}/imagestreamtags/handed:v1`)).status).toBe(200);
});
