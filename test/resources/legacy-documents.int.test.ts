/** Documents and paths of OpenShift 3, from before there were API groups. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { importsOf } from './golden/import-worker.ts';
import { RecordedImporter } from './golden/recorded-importer.ts';
import { startTestApi, type TestApi } from './support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({
    namespaces: ['app'],
    importQueue: importsOf(() => api, new RecordedImporter()),
    authorize: ({ user, group, resource, verb }) => ({
      allow:
        user.username === 'reader' && verb === 'get' && resource === 'imagestreams' && group !== '',
      reason: '',
    }),
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const old = '/oapi/v1/namespaces/app';
const grouped = '/apis/image.openshift.io/v1/namespaces/app';
const digest = `sha256:${'b'.repeat(64)}`;

/** As `oc export is` of OpenShift 3 wrote it; the tag names are YAML numbers. */
const streamDocument = `
apiVersion: v1
kind: ImageStream
metadata:
  creationTimestamp: null
  name: ruby
  selfLink: /oapi/v1/namespaces/app/imagestreams/ruby
spec:
  tags:
  - annotations: { version: 34 }
    from: { kind: DockerImage, name: quay.io/acme/ruby:34 }
    name: 34
  - from: { kind: ImageStreamTag, name: 34 }
    name: 35
`;

function yaml(method: string, path: string, body: string): ReturnType<TestApi['send']> {
  return api.send({ method, path, body, headers: { 'content-type': 'application/yaml' } });
}

function readerGets(path: string): ReturnType<TestApi['send']> {
  return api.send({ method: 'GET', path, headers: { authorization: 'Bearer reader' } });
}

test('a stream of OpenShift 3 with numbers for tags is taken under the old path and answered with its version', async () => {
  const made = await yaml('POST', `${old}/imagestreams`, streamDocument);
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ kind: 'ImageStream', apiVersion: 'v1' });
  expect(made.body.metadata).not.toHaveProperty('selfLink');
  expect(made.body.metadata.managedFields[0].apiVersion).toBe('image.openshift.io/v1');
  const stored = await api.get(`${grouped}/imagestreams/ruby`);
  expect(stored.body.apiVersion).toBe('image.openshift.io/v1');
  expect(stored.body.spec.tags).toMatchObject([
    { name: '34', annotations: { version: '34' }, from: { name: 'quay.io/acme/ruby:34' } },
    { name: '35', from: { kind: 'ImageStreamTag', name: '34' } },
  ]);
});

test('under the path of the group such a document is refused, as OpenShift refuses it', async () => {
  const refused = await yaml('POST', `${grouped}/imagestreams`, streamDocument);
  expect(refused.status).toBe(400);
  expect(refused.body.message).toBe(
    'the API version in the data (v1) does not match the expected API version (image.openshift.io/v1)',
  );
  const numbers = streamDocument.replace('apiVersion: v1', 'apiVersion: image.openshift.io/v1');
  expect((await yaml('POST', `${grouped}/imagestreams`, numbers)).body.message).toContain(
    'cannot unmarshal number into Go struct field',
  );
});

test.for([
  {
    name: 'with the version 1.0',
    version: '1.0',
    document: {
      kind: 'DockerImage',
      apiVersion: '1.0',
      Id: digest,
      Size: 7,
      Architecture: 'amd64',
      Created: '2016-01-02T03:04:05Z',
      ContainerConfig: {},
    },
  },
  {
    name: 'in the dialect pre012',
    version: 'pre012',
    document: {
      id: digest,
      size: 7,
      architecture: 'amd64',
      created: '2016-01-02T03:04:05Z',
      container_config: {},
    },
  },
])('a mapping whose image is described $name is recorded', async ({ version, document }) => {
  const tag = version.replace('.', '-');
  const mapped = await api.post(`${old}/imagestreammappings`, {
    kind: 'ImageStreamMapping',
    apiVersion: 'v1',
    metadata: {
      name: 'ruby',
      namespace: 'app',
      selfLink: '/oapi/v1/namespaces/app/imagestreammappings/ruby',
    },
    image: {
      metadata: { name: digest },
      dockerImageReference: `registry:5000/app/ruby@${digest}`,
      dockerImageMetadata: document,
      dockerImageMetadataVersion: version,
    },
    tag,
  });
  expect(mapped.status).toBe(201);
  const shown = await api.get(`${old}/imagestreamtags/ruby:${tag}`);
  expect(shown.body).toMatchObject({ kind: 'ImageStreamTag', apiVersion: 'v1' });
  const facts = { Id: digest, Size: 7, Architecture: 'amd64', Created: '2016-01-02T03:04:05Z' };
  expect(shown.body.image.dockerImageMetadata).toMatchObject({ ...facts, apiVersion: '1.0' });
  const image = await api.get(`${grouped}/imagestreamimages/ruby@${digest}`);
  expect(image.body.image.dockerImageMetadata).toMatchObject({
    ...facts,
    apiVersion: 'image.openshift.io/1.0',
  });
  expect((await api.get(`${old}/imagestreamimages/ruby@${digest}`)).body.apiVersion).toBe('v1');
  expect((await api.delete(`/oapi/v1/images/${digest}`)).status).toBe(200);
  expect((await api.delete(`${old}/imagestreamtags/ruby:${tag}`)).status).toBe(200);
});

test('imports, lists, changes, tables, YAML and watches are answered under the old path too', async () => {
  const imported = await api.post(`${old}/imagestreamimports`, {
    kind: 'ImageStreamImport',
    apiVersion: 'v1',
    metadata: { name: 'demo' },
    spec: {
      import: true,
      images: [
        {
          from: { kind: 'DockerImage', name: '127.0.0.1:15000/acme/demo:v1' },
          to: { name: 1 },
          importPolicy: { insecure: true },
        },
      ],
    },
  });
  expect(imported.status).toBe(201);
  expect(imported.body.apiVersion).toBe('v1');
  expect(imported.body.status.images[0].image.dockerImageMetadata.apiVersion).toBe('1.0');
  const tags = await api.get(`${old}/imagestreamtags`);
  expect(tags.body).toMatchObject({ kind: 'ImageStreamTagList', apiVersion: 'v1' });
  expect(tags.body.items[0].metadata.name).toBe('demo:1');
  const stream = await api.get(`${old}/imagestreams/demo`);
  stream.body.metadata.labels = { team: 7 };
  const put = await api.put(`${old}/imagestreams/demo`, stream.body);
  expect(put.status).toBe(200);
  expect(put.body.metadata.labels).toEqual({ team: '7' });
  const patched = await api.patch(`${old}/imagestreams/demo`, {
    apiVersion: 'v1',
    metadata: { labels: { team: 'b' } },
  });
  expect(patched.body).toMatchObject({ apiVersion: 'v1', metadata: { labels: { team: 'b' } } });
  const accept = async (path: string, type: string): Promise<string> =>
    (await api.send({ method: 'GET', path: `${old}${path}`, headers: { accept: type } })).text;
  expect(await accept('/imagestreams/demo', 'application/yaml')).toMatch(/^apiVersion: v1$/m);
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';
  expect(JSON.parse(await accept('/imagestreams', table))).toMatchObject({
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
  });
  const since = Number(patched.body.metadata.resourceVersion) - 1;
  const watched = await api.get(
    `${old}/imagestreams?watch=true&resourceVersion=${since}&timeoutSeconds=1`,
  );
  expect(JSON.parse(watched.text.split('\n')[0]!)).toMatchObject({
    type: 'MODIFIED',
    object: { apiVersion: 'v1', metadata: { name: 'demo' } },
  });
});

test('the old path is not discovered, serves nothing else and obeys the permissions of the group', async () => {
  for (const path of [
    '/oapi',
    '/oapi/v1',
    '/oapi/v1/secrets',
    '/oapi/v2/imagestreams',
    `${old}/bogus`,
  ])
    expect((await api.get(path)).body).toMatchObject({
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  expect((await readerGets(`${old}/imagestreams/demo`)).status).toBe(200);
  expect((await readerGets(`${old}/imagestreams`)).body.message).toContain(
    'cannot list resource "imagestreams" in API group "image.openshift.io" in the namespace "app"',
  );
});
