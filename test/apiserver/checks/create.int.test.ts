import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { CoreV1Api, KubeConfig } from '@kubernetes/client-node';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { tempDir } from '#test/support/temp-dir.ts';
import { makeAuthority } from '#test/support/tls.ts';

import { protobufAccept } from './support/accept.ts';
import { coreIn, createStream, reference, stream, streamsIn } from './support/objects.ts';
import { freshName, type Program, startProgram } from './support/program.ts';

let api: Program;
let namespace: string;
/** Its image streams. */
let streams: string;

beforeAll(async () => {
  api = await startProgram({ args: ['--controllers=off'] });
  namespace = await api.namespace();
  streams = streamsIn(namespace);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const create = (args: readonly string[], input?: object): ReturnType<Program['kubectl']> =>
  api.kubectl(['-n', namespace, 'create', ...args], input === undefined ? {} : { input });

test('43 kubectl create -f creates', async () => {
  const name = freshName();
  const document = stream({ name, spec: { tags: [reference('v1')] } });
  expect(await create(['-f', '-'], document)).toMatchObject({
    exitCode: 0,
    stdout: `imagestream.image.openshift.io/${name} created\n`,
  });
  const other = await api.post(streams, stream());
  expect(other.status).toBe(201);
  expect(other.json.metadata).toMatchObject({
    generation: 1,
    uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
    creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
    resourceVersion: expect.stringMatching(/^\d+$/),
  });
});

test('44 a name that is taken is refused', async () => {
  const { metadata } = await createStream(api, namespace);
  const message = `imagestreams.image.openshift.io "${metadata.name}" already exists`;
  const again = await create(['-f', '-'], stream({ name: metadata.name }));
  expect(again).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining(`Error from server (AlreadyExists): `),
  });
  const { json } = await api.post(streams, stream({ name: metadata.name }));
  expect(json).toMatchObject({ code: 409, reason: 'AlreadyExists', message });
});

test('45 generateName makes names of its own', async () => {
  const body = { metadata: { generateName: 'gen-' } };
  const made = await Promise.all(
    Array.from({ length: 5 }, () => api.post(coreIn(namespace, 'configmaps'), body)),
  );
  const names = made.map(({ json }) => json.metadata.name);
  for (const name of names) expect(name).toMatch(/^gen-[bcdfghjklmnpqrstvwxz2456789]{5}$/);
  expect(new Set(names).size).toBe(5);
});

test.for<{ check: string; body: unknown; path?: string; status: number; message: string }>([
  {
    check: '46 in a missing namespace',
    body: stream(),
    path: streamsIn('nowhere'),
    status: 404,
    message: 'namespaces "nowhere" not found',
  },
  {
    check: '47 for another namespace than that of the path',
    body: stream({ namespace: 'other' }),
    status: 400,
    message:
      'the namespace of the provided object does not match the namespace sent on the request',
  },
  {
    check: '48 of another kind',
    body: { ...stream(), kind: 'ImageStreamTag' },
    status: 400,
    message: 'ImageStreamTag in version "v1" cannot be handled as a ImageStream',
  },
  {
    check: '49 of another apiVersion',
    body: { ...stream(), apiVersion: 'v1' },
    status: 400,
    message:
      'the API version in the data (v1) does not match the expected API version (image.openshift.io/v1)',
  },
  {
    check: '50 without a body',
    body: '',
    status: 400,
    message:
      "the object provided is unrecognized (must be of type ImageStream): couldn't get version/kind; json parse error: unexpected end of JSON input (<empty>)",
  },
  {
    check: '51 with an invalid name',
    body: stream({ name: 'A_b' }),
    status: 422,
    message: expect.stringMatching(
      /^ImageStream\.image\.openshift\.io "A_b" is invalid: metadata\.name: Invalid value: "A_b": /,
    ),
  },
  {
    check: '53 with a resourceVersion',
    body: { metadata: { name: 'x', resourceVersion: '1' } },
    status: 400,
    message: 'resourceVersion should not be set on objects to be created',
  },
])('$check a creation is refused', async ({ body, path = streams, status, message }) => {
  const answer = await api.post(path, body);
  expect(answer.json).toMatchObject({ kind: 'Status', status: 'Failure', code: status, message });
  expect(answer.status).toBe(status);
});

test('52 kubectl shows everything that is wrong', async () => {
  const document = stream({ name: 'A_many', labels: { 'a b': 'c' } });
  const { json } = await api.post(streams, document);
  expect(json).toMatchObject({ code: 422, reason: 'Invalid', details: { kind: 'ImageStream' } });
  expect(json.details.causes.length).toBeGreaterThan(1);
  const { stderr } = await create(['-f', '-'], document);
  expect(stderr).toMatch(/^The ImageStream "A_many" is invalid: $/m);
  for (const { field, message } of json.details.causes)
    expect(stderr).toContain(`* ${field}: ${message}`);
});

test('54 what only the server sets is not taken from the client', async () => {
  const { json } = await api.post(streams, {
    metadata: {
      name: freshName(),
      uid: 'mine',
      creationTimestamp: '2001-01-01T00:00:00Z',
      deletionTimestamp: '2001-01-01T00:00:00Z',
      generation: 9,
    },
    status: { tags: [{ tag: 'v1', items: [] }] },
  });
  expect(json.metadata.uid).not.toBe('mine');
  expect(json.metadata.creationTimestamp).not.toContain('2001');
  expect(json.metadata).not.toHaveProperty('deletionTimestamp');
  expect(json.metadata.generation).toBe(1);
  expect(json.status.tags).toBeUndefined();
});

test('55 an unknown format is refused', async () => {
  const { json } = await api.post(streams, 'x', { 'content-type': 'text/plain' });
  expect(json).toMatchObject({
    code: 415,
    reason: 'UnsupportedMediaType',
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf',
  });
});

test('56 a body may be YAML', async () => {
  const { status, json } = await api.post(
    streams,
    'metadata: {name: yaml}\nspec:\n  lookupPolicy:\n    local: true\n',
    { 'content-type': 'application/yaml' },
  );
  expect(status).toBe(201);
  expect(json.spec.lookupPolicy).toEqual({ local: true });
});

test('57 kind and apiVersion come from the path where the document leaves them out', async () => {
  const { json } = await api.post(streams, { metadata: { name: freshName() } });
  expect(json).toMatchObject({
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: { namespace },
  });
});

const rbacIn = (name: string): string => `/apis/rbac.authorization.k8s.io/v1/namespaces/${name}`;

test.for<{ check: string; command: string; path: () => string; expected: object }>([
  {
    check: '58 namespace',
    command: 'namespace pb',
    path: () => '/api/v1/namespaces/pb',
    expected: { kind: 'Namespace', apiVersion: 'v1', metadata: { name: 'pb' } },
  },
  {
    check: '59 secret generic',
    command: 'secret generic plain --from-literal=a=b --type=example.dev/x',
    path: () => coreIn(namespace, 'secrets', 'plain'),
    expected: { kind: 'Secret', type: 'example.dev/x', data: { a: 'Yg==' } },
  },
  {
    check: '60 secret docker-registry',
    command:
      'secret docker-registry pull --docker-server=r.example.com --docker-username=u --docker-password=p',
    path: () => coreIn(namespace, 'secrets', 'pull'),
    expected: {
      type: 'kubernetes.io/dockerconfigjson',
      data: {
        '.dockerconfigjson': Buffer.from(
          '{"auths":{"r.example.com":{"username":"u","password":"p","auth":"dTpw"}}}',
        ).toString('base64'),
      },
    },
  },
  {
    check: '62 configmap',
    command: 'configmap cm --from-literal=k=v --from-literal=constructor=x',
    path: () => coreIn(namespace, 'configmaps', 'cm'),
    expected: { kind: 'ConfigMap', data: { k: 'v', constructor: 'x' } },
  },
  {
    check: '63 serviceaccount',
    command: 'serviceaccount robot',
    path: () => coreIn(namespace, 'serviceaccounts', 'robot'),
    expected: { kind: 'ServiceAccount', metadata: { name: 'robot' } },
  },
  {
    check: '64 role',
    command: 'role reader --verb=get,list --resource=configmaps --resource-name=x',
    path: () => `${rbacIn(namespace)}/roles/reader`,
    expected: {
      rules: [
        {
          verbs: ['get', 'list'],
          apiGroups: [''],
          resources: ['configmaps'],
          resourceNames: ['x'],
        },
      ],
    },
  },
  {
    check: '65 rolebinding',
    command: 'rolebinding bind --clusterrole=view --user=bob --serviceaccount=test:robot',
    path: () => `${rbacIn(namespace)}/rolebindings/bind`,
    expected: {
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' },
        { kind: 'ServiceAccount', name: 'robot', namespace: 'test' },
      ],
    },
  },
  {
    check: '66 clusterrolebinding',
    command: 'clusterrolebinding everywhere --clusterrole=view --group=devs',
    path: () => '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/everywhere',
    expected: {
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [{ kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'devs' }],
    },
  },
])('$check is created by kubectl', async ({ command, path, expected }) => {
  expect(await create(command.split(' '))).toMatchObject({ exitCode: 0 });
  const { json } = await api.get(path());
  expect(json).toMatchObject(expected);
  expect(json).not.toHaveProperty('immutable');
  expect(json.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
  expect(json.metadata.creationTimestamp).not.toContain('1970');
});

test('63 a namespace has a service account from the beginning, and gets another for one that is deleted', async () => {
  const path = coreIn(await api.namespace(), 'serviceaccounts', 'default');
  const made = await vi.waitFor(async () => {
    const { status, json } = await api.get(path);
    expect(status).toBe(200);
    return json.metadata.uid as string;
  }, 10_000);
  await api.delete(path);
  await vi.waitFor(async () => {
    const { json } = await api.get(path);
    expect(json.metadata?.uid ?? made).not.toBe(made);
  }, 10_000);
});

test('61 secret tls is created by kubectl', async () => {
  using dir = tempDir('tls');
  const { certificate, key } = await (await makeAuthority()).issue(['registry.example.com']);
  const files = { cert: join(dir.path, 'tls.crt'), key: join(dir.path, 'tls.key') };
  await Promise.all([writeFile(files.cert, certificate), writeFile(files.key, key)]);
  const args = ['secret', 'tls', 'web', `--cert=${files.cert}`, `--key=${files.key}`];
  expect(await create(args)).toMatchObject({ exitCode: 0 });
  const { json } = await api.get(coreIn(namespace, 'secrets', 'web'));
  expect(json.type).toBe('kubernetes.io/tls');
  expect(Buffer.from(json.data['tls.crt'], 'base64').toString()).toBe(certificate);
});

/** `kubectl create namespace proto` of 1.33, byte for byte as it is sent. */
const namespaceInProtobuf = Buffer.from(
  '6b3873000a0f0a02763112094e616d657370616365121d0a150a0570726f746f12001a0022002a00320038004200' +
    '12001a020a001a002200',
  'hex',
);

test('58 namespace is created by a body in protobuf', async () => {
  const answer = await api.request('POST', '/api/v1/namespaces', {
    body: namespaceInProtobuf,
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf', accept: protobufAccept },
  });
  expect(answer.json).toMatchObject({ kind: 'Namespace', metadata: { name: 'proto' } });
  expect(answer.headers['content-type']).toBe('application/json');
});

test('68 typed clients leave kind and apiVersion out', async () => {
  const config = new KubeConfig();
  config.loadFromFile(api.server.kubeconfig);
  const core = config.makeApiClient(CoreV1Api);
  const metadata = { name: freshName() };
  const secret = await core.createNamespacedSecret({
    namespace,
    body: { metadata, stringData: { a: 'b' } },
  });
  expect(secret).toMatchObject({ kind: 'Secret', data: { a: 'Yg==' } });
  const configMap = await core.createNamespacedConfigMap({
    namespace,
    body: { metadata, data: { a: 'b' } },
  });
  expect(configMap.kind).toBe('ConfigMap');
  const event = await core.createNamespacedEvent({
    namespace,
    body: { metadata, involvedObject: { kind: 'ImageStream', namespace, name: 'x' } },
  });
  expect(event.involvedObject.name).toBe('x');
});

function sized(bytes: number): object {
  return { metadata: { name: freshName() }, stringData: { a: 'x'.repeat(bytes) } };
}

test('69 a body of more than 3 MiB is refused, a secret of nearly 1 MiB is not', async () => {
  const path = coreIn(namespace, 'secrets');
  expect((await api.post(path, sized((1 << 20) - 1024))).status).toBe(201);
  expect((await api.post(path, sized(3 << 20))).json).toMatchObject({
    code: 413,
    reason: 'RequestEntityTooLarge',
    message: 'Request entity too large: limit is 3145728',
  });
});

test('70 keys that mean something to JavaScript are keys like any other', async () => {
  const { status, json } = await api.post(
    coreIn(namespace, 'configmaps'),
    '{"metadata":{"name":"proto","labels":{"constructor":"y"},"annotations":{"toString":"z"}},"data":{"__proto__":"d","constructor":"e"}}',
  );
  expect(status).toBe(201);
  expect(json.metadata.labels).toEqual({ constructor: 'y' });
  const { text } = await api.get(coreIn(namespace, 'configmaps', 'proto'));
  expect(text).toContain('"__proto__":"d"');
  expect(text).toContain('"constructor":"e"');
});
