import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { seedRegistry } from '#fixtures/push.ts';
import { recordedImages } from '#fixtures/recorded.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';

import type { Answer } from '../support/http.ts';
import {
  coreIn,
  createStream,
  imageGroup,
  reference,
  stream,
  streamsIn,
} from './support/objects.ts';
import { openshiftClient } from './support/openshift-client.ts';
import { freshName, type Program, startProgram } from './support/program.ts';

let api: Program;
let registry: Registry;
let namespace: string;
const images = recordedImages();

beforeAll(async () => {
  [api, registry] = await Promise.all([
    startProgram({ args: ['--registry-hostname=registry.example.com:5000'] }),
    startRegistry(),
  ]);
  await seedRegistry(registry.url, {
    images: images.open.filter(({ repository }) => repository === 'acme/demo'),
  });
  namespace = await api.namespace();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** As `oc` 4.13 calls itself. */
const oc = { 'user-agent': 'oc/4.13.0 (linux/amd64) kubernetes/92b1a3d' };
const tagsPath = (): string => `${imageGroup}/namespaces/${namespace}/imagestreamtags`;

/** `oc import-image STREAM:TAG --from=IMAGE --confirm`. */
function importImage(name: string, tag: string, from: string): Promise<Answer> {
  return api.post(
    `${imageGroup}/namespaces/${namespace}/imagestreamimports`,
    {
      kind: 'ImageStreamImport',
      apiVersion: 'image.openshift.io/v1',
      metadata: { name, namespace, creationTimestamp: null },
      spec: {
        import: true,
        images: [
          {
            from: { kind: 'DockerImage', name: from },
            to: { name: tag },
            importPolicy: { insecure: true },
            referencePolicy: { type: '' },
          },
        ],
      },
      status: {},
    },
    oc,
  );
}

test('115 openshift-rest-client builds its paths from OpenAPI 2, reads, writes, patches and watches', async () => {
  const client = await openshiftClient(api.server);
  const group = client.apis['image.openshift.io'].v1;
  const streams = group.namespaces(namespace).imagestreams;
  const name = freshName();
  const created = await streams.post({ body: stream({ name }) });
  expect(created.statusCode).toBe(201);
  const patched = await streams(name).patch({ body: { metadata: { labels: { a: 'b' } } } });
  expect(patched.body.metadata.labels).toEqual({ a: 'b' });
  const events: string[] = [];
  const watch = await group.watch.namespaces(namespace).imagestreams.getObjectStream();
  watch.on('data', ({ type, object }: { type: string; object: Answer['json'] }) => {
    if (object.metadata.name === name) events.push(type);
  });
  await vi.waitFor(() => expect(events).toEqual(['ADDED']), 10_000);
  await streams(name).delete();
  await vi.waitFor(() => expect(events).toEqual(['ADDED', 'DELETED']), 10_000);
  watch.destroy();
});

test('176 oc tag writes a tag with PUT, which makes what is missing, or with POST', async () => {
  const name = freshName();
  const body = {
    kind: 'ImageStreamTag',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name: `${name}:v1`, namespace, creationTimestamp: null },
    tag: { name: '', annotations: null, generation: null, ...reference('v1') },
    generation: 0,
    lookupPolicy: { local: false },
    image: {
      metadata: { creationTimestamp: null },
      dockerImageMetadata: null,
      dockerImageLayers: null,
    },
  };
  const path = `${tagsPath()}/${name}:v1`;
  for (const status of [201, 200]) {
    const put = await api.request('PUT', path, { body, headers: oc });
    expect(put.status).toBe(status);
  }
  const other = { ...body, metadata: { name: `${name}:v2`, namespace } };
  expect((await api.post(tagsPath(), other, oc)).status).toBe(201);
  const { json } = await api.get(streamsIn(namespace, name));
  expect(json.spec.tags).toMatchObject([{ name: 'v1', reference: true }, { name: 'v2' }]);
});

test('177 oc tag -d deletes a tag', async () => {
  const { metadata } = await createStream(api, namespace, { spec: { tags: [reference('v1')] } });
  const deleted = await api.request('DELETE', `${tagsPath()}/${metadata.name}:v1`, {
    body: { kind: 'DeleteOptions', apiVersion: 'image.openshift.io/v1' },
    headers: oc,
  });
  expect(deleted).toMatchObject({ status: 200, json: { status: 'Success' } });
  expect((await api.get(streamsIn(namespace, metadata.name))).json.spec.tags).toBeUndefined();
});

test('178 oc import-image imports now and answers with the image', async () => {
  const from = `${registry.host}/acme/demo:v1`;
  const { status, json } = await importImage('demo', 'v1', from);
  expect(status).toBe(201);
  const digest = images.named['demo1']!.digest;
  expect(json.status.images[0]).toMatchObject({ status: { status: 'Success' } });
  const shown = await api.get(`${tagsPath()}/demo:v1`);
  expect(shown.json.image.metadata.name).toBe(digest);
  const failed = await importImage('demo', 'none', `${registry.host}/acme/none:v1`);
  expect(failed.json.status.images[0].status).toMatchObject({ status: 'Failure' });
});

test('179 oc describe reads the stream and its events', async () => {
  await importImage('described', 'v1', `${registry.host}/acme/demo:v1`);
  await importImage('described', 'gone', `${registry.host}/acme/none:v1`);
  const { json } = await api.get(streamsIn(namespace, 'described'));
  expect(json.status.dockerImageRepository).toBe(
    `registry.example.com:5000/${namespace}/described`,
  );
  expect(json.status.tags[1].items[0].dockerImageReference).toContain('@sha256:');
  const described = (): Promise<string> =>
    api.ok(['-n', namespace, 'describe', 'imagestream', 'described']);
  await vi.waitFor(async () => {
    const text = await described();
    expect(text).toMatch(/Normal +Imported +.* +sluice +Tag v1 imported /);
    expect(text).toMatch(/Warning +ImportFailed +.* +sluice +Import of tag gone failed: /);
  }, 20_000);
  const events = await api.ok(['-n', namespace, 'get', 'events']);
  expect(events).toMatch(/Imported +imagestream\/described +Tag v1 imported /);
});

test('181 oc secrets link reads a service account and writes it with PUT', async () => {
  const accounts = coreIn(namespace, 'serviceaccounts');
  const name = freshName('robot');
  await api.post(accounts, { metadata: { name } });
  await api.post(coreIn(namespace, 'secrets'), { metadata: { name: 'pull' } });
  const { json } = await api.get(`${accounts}/${name}`);
  const put = await api.request('PUT', `${accounts}/${name}`, {
    body: { ...json, imagePullSecrets: [{ name: 'pull' }] },
    headers: oc,
  });
  expect(put).toMatchObject({ status: 200, json: { imagePullSecrets: [{ name: 'pull' }] } });
});

test('182 oc registry info finds the registry in any stream', async () => {
  await createStream(api, namespace);
  const { json } = await api.get(`${imageGroup}/imagestreams?limit=1`, oc);
  expect(json.items[0].status.dockerImageRepository).toMatch(/^registry\.example\.com:5000\//);
});

test('183 oc status lists many kinds that are not served, and each is a plain 404', async () => {
  for (const path of [
    '/apis/apps/v1/namespaces/default/deployments',
    '/apis/apps.openshift.io/v1/namespaces/default/deploymentconfigs',
    '/apis/build.openshift.io/v1/namespaces/default/builds',
    '/apis/route.openshift.io/v1/namespaces/default/routes',
    '/api/v1/namespaces/default/pods',
    '/api/v1/namespaces/default/services',
    '/api/v1/namespaces/default/replicationcontrollers',
  ]) {
    const { json } = await api.get(path, oc);
    expect(json).toMatchObject({
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
    });
  }
});
