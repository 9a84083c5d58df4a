import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { coreIn, createStream, stream, streamsIn } from './support/objects.ts';
import { freshName, type Program, startProgram } from './support/program.ts';
import { waitForDeletion } from './support/wait.ts';

let api: Program;
let namespace: string;

beforeAll(async () => {
  api = await startProgram();
  namespace = await api.namespace();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const kubectl = (...args: string[]): ReturnType<Program['kubectl']> =>
  api.kubectl(['-n', namespace, ...args]);

test('161 kubectl delete waits until the object is gone', async () => {
  const { metadata } = await createStream(api, namespace);
  const deleted = await kubectl('delete', 'is', metadata.name);
  expect(deleted.stdout).toContain(`"${metadata.name}" deleted`);
  expect((await api.get(streamsIn(namespace, metadata.name))).status).toBe(404);
  const other = await createStream(api, namespace);
  const { json } = await api.delete(streamsIn(namespace, other.metadata.name));
  expect(json).toEqual({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      name: other.metadata.name,
      group: 'image.openshift.io',
      kind: 'imagestreams',
      uid: other.metadata.uid,
    },
  });
});

test('162 finalizers hold an object until the last is taken away', async () => {
  const finalizers = ['example.dev/one', 'example.dev/two'];
  const { metadata } = await createStream(api, namespace, { finalizers });
  const path = streamsIn(namespace, metadata.name);
  const watch = await api.watch(`${path}?watch=true`);
  await watch.until(1);
  const deleted = await api.delete(path);
  expect(deleted).toMatchObject({ status: 200, json: { kind: 'ImageStream' } });
  expect(deleted.json.metadata.deletionTimestamp).toBeTruthy();
  const again = await api.delete(path);
  expect(again.json.metadata.resourceVersion).toBe(deleted.json.metadata.resourceVersion);
  const added = await api.patch(path, {
    metadata: { finalizers: [...finalizers, 'example.dev/x'] },
  });
  expect(added.json).toMatchObject({ code: 422 });
  await api.patch(path, { metadata: { finalizers: ['example.dev/two'] } });
  expect((await api.get(path)).status).toBe(200);
  await api.patch(path, { metadata: { finalizers: null } });
  expect((await api.get(path)).status).toBe(404);
  await watch.until(4);
  watch.stop();
  expect(watch.events.map(({ type }) => type)).toEqual([
    'ADDED',
    'MODIFIED',
    'MODIFIED',
    'DELETED',
  ]);
});

test('163 a deletion holds only under its preconditions', async () => {
  const { metadata } = await createStream(api, namespace);
  const path = streamsIn(namespace, metadata.name);
  const { uid, resourceVersion } = metadata;
  for (const preconditions of [{ uid: 'other' }, { uid, resourceVersion: '1' }])
    expect((await api.delete(path, { preconditions })).json).toMatchObject({
      code: 409,
      reason: 'Conflict',
    });
  const accepted = await api.delete(path, { preconditions: { uid, resourceVersion } });
  expect(accepted.status).toBe(200);
});

test('164 every kind of cascade, and no other', async () => {
  for (const cascade of ['background', 'foreground', 'orphan']) {
    const { metadata } = await createStream(api, namespace);
    const deleted = await kubectl('delete', 'is', metadata.name, `--cascade=${cascade}`);
    expect(deleted).toMatchObject({ exitCode: 0 });
    expect((await api.get(streamsIn(namespace, metadata.name))).status).toBe(404);
  }
  const { json } = await api.delete(streamsIn(namespace, 'x'), { propagationPolicy: 'Zzz' });
  expect(json).toMatchObject({
    code: 422,
    message:
      'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Zzz": supported values: "Foreground", "Background", "Orphan", "nil"',
  });
});

test('165 a dry run deletes nothing', async () => {
  const { metadata } = await createStream(api, namespace);
  const path = streamsIn(namespace, metadata.name);
  const dry = await kubectl('delete', 'is', metadata.name, '--dry-run=server');
  expect(dry.stdout).toContain('(server dry run)');
  for (const [query, body] of [
    ['?dryRun=All', undefined],
    ['', { dryRun: ['All'] }],
  ] as const)
    expect((await api.delete(`${path}${query}`, body)).status).toBe(200);
  expect((await api.delete(`${path}?dryRun=x`)).json.code).toBe(422);
  expect((await api.get(path)).json.metadata).toEqual(metadata);
});

test('166 kubectl delete of what is selected, and of all', async () => {
  const own = await api.namespace();
  for (const app of ['x', 'x', 'y', 'z']) await createStream(api, own, { labels: { app } });
  const left = async (): Promise<number> => (await api.get(streamsIn(own))).json.items.length;
  await api.ok(['-n', own, 'delete', 'is', '-l', 'app=x']);
  expect(await left()).toBe(2);
  await api.ok(['-n', own, 'delete', 'is', '--all']);
  expect(await left()).toBe(0);
});

test('167 a collection is deleted in one request, which answers it', async () => {
  const own = await api.namespace();
  for (const app of ['x', 'x', 'y']) await createStream(api, own, { labels: { app } });
  const path = `${streamsIn(own)}?labelSelector=app%3Dx`;
  const dry = await api.delete(`${path}&dryRun=All`);
  expect(dry.json.items).toHaveLength(2);
  const { json } = await api.delete(path);
  expect(json).toMatchObject({ kind: 'ImageStreamList', items: [{}, {}] });
  expect((await api.get(streamsIn(own))).json.items).toHaveLength(1);
});

test('168 an empty body that calls itself JSON is no body', async () => {
  const config = new KubeConfig();
  config.loadFromFile(api.server.kubeconfig);
  const name = freshName();
  await api.post(coreIn(namespace, 'secrets'), { metadata: { name } });
  const core = config.makeApiClient(CoreV1Api);
  const status = await core.deleteNamespacedSecret({ name, namespace });
  expect(status.status).toBe('Success');
});

test('169 oc sends delete options of a foreign group', async () => {
  const { metadata } = await createStream(api, namespace);
  const deleted = await api.delete(streamsIn(namespace, metadata.name), {
    kind: 'DeleteOptions',
    apiVersion: 'image.openshift.io/v1',
  });
  expect(deleted).toMatchObject({ status: 200, json: { status: 'Success' } });
});

test('170 a deleted namespace takes nothing new, and goes with all that is in it', async () => {
  const own = await api.namespace();
  const held = { name: 'held', finalizers: ['example.dev/hold'] };
  await createStream(api, own, held);
  await createStream(api, own, { name: 'plain' });
  await api.post(coreIn(own, 'secrets'), { metadata: { name: 'secret' } });
  const deleted = await api.delete(`/api/v1/namespaces/${own}`);
  expect(deleted.json).toMatchObject({ kind: 'Namespace', status: { phase: 'Terminating' } });
  const refused = await api.post(streamsIn(own), stream({ name: 'x' }));
  expect(refused.json).toMatchObject({
    code: 403,
    message: `imagestreams.image.openshift.io "x" is forbidden: unable to create new content in namespace ${own} because it is being terminated`,
    details: { causes: [{ reason: 'NamespaceTerminating' }] },
  });
  await vi.waitFor(
    async () => expect((await api.get(streamsIn(own))).json.items).toHaveLength(1),
    20_000,
  );
  expect((await api.get(coreIn(own, 'secrets'))).json.items).toEqual([]);
  await api.patch(streamsIn(own, 'held'), { metadata: { finalizers: null } });
  await waitForDeletion(api, { path: '/api/v1/namespaces', object: `ns/${own}` });
  expect((await api.get(`/api/v1/namespaces/${own}`)).status).toBe(404);
});

test('171 a second deletion finds nothing', async () => {
  const { metadata } = await createStream(api, namespace);
  const path = streamsIn(namespace, metadata.name);
  expect((await api.delete(path)).status).toBe(200);
  expect((await api.delete(path)).json).toMatchObject({ code: 404, reason: 'NotFound' });
  expect((await kubectl('delete', 'is', metadata.name)).stderr).toContain('(NotFound)');
  const ignored = await kubectl('delete', 'is', metadata.name, '--ignore-not-found');
  expect(ignored).toMatchObject({ exitCode: 0 });
});
