import { afterAll, beforeAll, expect, test } from 'vitest';

import { kubectlHas } from '#test/support/services/kubectl.ts';

import type { Answer } from '../support/http.ts';
import { coreIn, createStream, reference, stream, streamsIn } from './support/objects.ts';
import { freshName, type Program, startProgram } from './support/program.ts';

let api: Program;
let namespace: string;

beforeAll(async () => {
  api = await startProgram({ args: ['--controllers=off'] });
  namespace = await api.namespace();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const pathOf = ({ metadata }: { metadata: { name: string } }): string =>
  streamsIn(namespace, metadata.name);

const local = (value: boolean): object => ({ lookupPolicy: { local: value } });

const kubectl = (args: readonly string[], input?: object): ReturnType<Program['kubectl']> =>
  api.kubectl(['-n', namespace, ...args], input === undefined ? {} : { input });

test('117 a PUT of a stale version is a conflict', async () => {
  const created = await createStream(api, namespace);
  const { name } = created.metadata;
  const { json } = await api.put(pathOf(created), {
    ...created,
    metadata: { ...created.metadata, resourceVersion: '1' },
  });
  expect(json).toMatchObject({
    code: 409,
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on imagestreams.image.openshift.io "${name}": the object has been modified; please apply your changes to the latest version and try again`,
  });
});

test('118 a PUT without a version is refused for streams and taken for core kinds', async () => {
  const created = await createStream(api, namespace);
  const { name } = created.metadata;
  const { json } = await api.put(pathOf(created), stream({ name }));
  expect(json).toMatchObject({
    code: 422,
    message: `imagestreams.image.openshift.io "${name}" is invalid: metadata.resourceVersion: Invalid value: 0x0: must be specified for an update`,
  });
  const map = coreIn(namespace, 'configmaps');
  await api.post(map, { metadata: { name }, data: { a: '1' } });
  const put = await api.put(`${map}/${name}`, { metadata: { name }, data: { a: '2' } });
  expect(put).toMatchObject({ status: 200, json: { data: { a: '2' } } });
});

test('119 a PUT under another name or uid is refused', async () => {
  const created = await createStream(api, namespace);
  const renamed = await api.put(pathOf(created), stream({ name: 'b' }));
  expect(renamed.json).toMatchObject({
    code: 400,
    message: `the name of the object (b) does not match the name on the URL (${created.metadata.name})`,
  });
  const other = { ...created, metadata: { ...created.metadata, uid: 'other' } };
  expect((await api.put(pathOf(created), other)).json).toMatchObject({
    code: 409,
    reason: 'Conflict',
  });
});

test('120 a write of the status changes nothing else, and no other write changes it', async () => {
  const created = await createStream(api, namespace);
  const tags = [{ tag: 'v1', items: [], conditions: [] }];
  const main = await api.put(pathOf(created), {
    ...created,
    spec: local(true),
    status: { dockerImageRepository: '', tags },
  });
  expect(main.json.spec.lookupPolicy).toEqual({ local: true });
  expect(main.json.status.tags).toBeUndefined();
  const digest = `sha256:${'a'.repeat(64)}`;
  const event = {
    created: '2026-01-01T00:00:00Z',
    dockerImageReference: 'x/y',
    image: digest,
    generation: 1,
  };
  const status = await api.put(`${pathOf(created)}/status`, {
    ...main.json,
    metadata: { ...main.json.metadata, labels: { a: 'b' } },
    spec: local(false),
    status: { ...main.json.status, tags: [{ tag: 'v1', items: [event] }] },
  });
  expect(status.json.spec.lookupPolicy).toEqual({ local: true });
  expect(status.json.status.tags[0].items[0].image).toBe(digest);
});

test('121 the generation rises with the spec alone', async () => {
  const created = await createStream(api, namespace);
  expect(created.metadata.generation).toBe(1);
  const labelled = await api.patch(pathOf(created), { metadata: { labels: { a: 'b' } } });
  expect(labelled.json.metadata.generation).toBe(1);
  const changed = await api.patch(pathOf(created), { spec: local(true) });
  expect(changed.json.metadata.generation).toBe(2);
  const same = await api.patch(pathOf(created), { spec: local(true) });
  expect(same.json.metadata).toEqual(changed.json.metadata);
});

test('122 null in a merge patch removes, and a list replaces the list', async () => {
  const created = await createStream(api, namespace, {
    labels: { a: 'b', c: 'd' },
    spec: { tags: [reference('a'), reference('b')] },
  });
  const { json } = await api.patch(pathOf(created), {
    metadata: { labels: { a: null } },
    spec: { tags: [reference('c')] },
  });
  expect(json.metadata.labels).toEqual({ c: 'd' });
  expect(json.spec.tags.map(({ name }: { name: string }) => name)).toEqual(['c']);
});

test.for([
  { check: '123 whose test fails', body: [{ op: 'test', path: '/kind', value: 'nope' }] },
  { check: '124 of a path that is not there', body: [{ op: 'remove', path: '/spec/nosuch' }] },
])('$check a JSON patch is refused', async ({ body }) => {
  const created = await createStream(api, namespace);
  const { json } = await api.patch(pathOf(created), body, 'json-patch+json');
  expect(json).toMatchObject({
    code: 422,
    reason: 'Invalid',
    message: 'the server rejected our request due to an error in our request',
  });
  const shown = await kubectl([
    'patch',
    'is',
    created.metadata.name,
    '--type=json',
    '-p',
    JSON.stringify(body),
  ]);
  expect(shown.stderr).toContain('The request is invalid');
});

test('123 a JSON patch does its operations, up to 10,000', async () => {
  const created = await createStream(api, namespace);
  const operations = [
    { op: 'test', path: '/kind', value: 'ImageStream' },
    { op: 'add', path: '/metadata/labels', value: { 'a/b': 'c' } },
    { op: 'replace', path: '/metadata/labels/a~1b', value: 'd' },
  ];
  const { json } = await api.patch(pathOf(created), operations, 'json-patch+json');
  expect(json.metadata.labels).toEqual({ 'a/b': 'd' });
  const many = Array.from({ length: 10_001 }, () => operations[0]);
  expect((await api.patch(pathOf(created), many, 'json-patch+json')).json).toMatchObject({
    code: 413,
    message: 'The allowed maximum operations in a JSON patch is 10000, got 10001',
  });
});

const strategic = (path: string, body: unknown): Promise<Answer> =>
  api.patch(path, body, 'strategic-merge-patch+json');

test('125 a strategic merge patch merges tags by their name', async () => {
  const created = await createStream(api, namespace, {
    spec: { tags: [reference('a'), reference('b')] },
  });
  const { json } = await strategic(pathOf(created), {
    spec: {
      tags: [
        { name: 'b', annotations: { x: 'y' } },
        { name: 'a', $patch: 'delete' },
      ],
    },
  });
  expect(json.spec.tags).toMatchObject([
    { name: 'b', annotations: { x: 'y' }, from: { name: 'quay.io/acme/app:1' } },
  ]);
});

test('126 a strategic merge patch without the key of an item is refused', async () => {
  const created = await createStream(api, namespace, { spec: { tags: [reference('a')] } });
  const { json } = await strategic(pathOf(created), { spec: { tags: [{ reference: true }] } });
  expect(json).toMatchObject({
    code: 400,
    message: 'map: map[reference:true] does not contain declared merge key: name',
  });
});

test('127 secrets, configmaps and service accounts take strategic merge patches', async () => {
  const name = freshName();
  for (const [kind, body, patch, expected] of [
    ['secrets', { data: { a: 'YQ==' } }, { data: { b: 'Yg==', a: null } }, { data: { b: 'Yg==' } }],
    ['configmaps', { data: { a: '1' } }, { data: { b: '2' } }, { data: { a: '1', b: '2' } }],
    [
      'serviceaccounts',
      { imagePullSecrets: [{ name: 'one' }] },
      { imagePullSecrets: [{ name: 'two' }] },
      { imagePullSecrets: [{ name: 'two' }, { name: 'one' }] },
    ],
  ] as const) {
    const path = coreIn(namespace, kind);
    expect((await api.post(path, { metadata: { name }, ...body })).status).toBe(201);
    expect((await strategic(`${path}/${name}`, patch)).json).toMatchObject(expected);
  }
});

test('128 a patch with a stale version is a conflict', async () => {
  const created = await createStream(api, namespace);
  const { json } = await api.patch(pathOf(created), {
    metadata: { resourceVersion: '1' },
    spec: local(true),
  });
  expect(json).toMatchObject({ code: 409, reason: 'Conflict' });
});

test('129 patches without a version that come at once all land', async () => {
  const created = await createStream(api, namespace);
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, index) =>
      api.patch(pathOf(created), { metadata: { labels: { [`l${index}`]: 'x' } } }),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 50 }, () => 200));
  const { json } = await api.get(pathOf(created));
  expect(Object.keys(json.metadata.labels)).toHaveLength(50);
});

test('130 kubectl label and annotate', async () => {
  const { metadata } = await createStream(api, namespace);
  const label = (...args: string[]): ReturnType<Program['kubectl']> =>
    kubectl(['label', 'is', metadata.name, ...args]);
  expect((await label('a=b')).stdout).toContain('labeled');
  expect(await label('a=c')).toMatchObject({ exitCode: 1 });
  expect((await label('a=c', '--overwrite')).stdout).toContain('labeled');
  // `unlabeled`, of older ones `labeled`.
  expect((await label('a-')).stdout).toContain('labeled');
  expect((await api.get(pathOf({ metadata }))).json.metadata).not.toHaveProperty('labels');
  const annotated = await kubectl(['annotate', 'is', metadata.name, 'k=v']);
  expect(annotated.stdout).toContain('annotated');
});

test('131 kubectl edit', async () => {
  const { metadata } = await createStream(api, namespace);
  const edit = (from: string, to: string): ReturnType<Program['kubectl']> =>
    api.kubectl(['-n', namespace, 'edit', 'is', metadata.name], {
      // Its copy of what was refused goes with the server.
      env: { KUBE_EDITOR: `sed -i s/${from}/${to}/`, TMPDIR: api.server.dataDir },
    });
  expect((await edit('local:.false', 'local:\\ true')).stdout).toContain('edited');
  expect((await api.get(pathOf({ metadata }))).json.spec.lookupPolicy.local).toBe(true);
  expect((await edit('nothing', 'something')).stderr).toContain('no changes made');
  const bad = await edit('local:.true', 'local:\\ maybe');
  expect(bad.exitCode).toBe(1);
  const reason = 'ImageStream in version "v1" cannot be';
  // Older ones send a merge patch, and show the reason in the editor only.
  const told = (await kubectlHas('strategic patches'))
    ? `could not be patched: ${reason}`
    : `imagestreams.image.openshift.io "${metadata.name}" is invalid`;
  expect(bad.stderr).toContain(told);
  const sent = { spec: { lookupPolicy: { local: 'maybe' } } };
  const { json } = await api.patch(pathOf({ metadata }), sent, 'strategic-merge-patch+json');
  expect(json.message).toContain(reason);
});

test('132 kubectl replace, also by force', async () => {
  const name = freshName();
  const created = await createStream(api, namespace, { name });
  const next = { ...created, spec: local(true) };
  expect((await kubectl(['replace', '-f', '-'], next)).stdout).toContain('replaced');
  const stale = await kubectl(['replace', '-f', '-'], next);
  expect(stale.stderr).toContain('the object has been modified');
  const forced = await kubectl(['replace', '--force', '-f', '-'], stream({ name }));
  expect(forced.stdout).toContain('replaced');
  const { json } = await api.get(pathOf({ metadata: { name } }));
  expect(json.metadata.uid).not.toBe(created.metadata.uid);
});

test('133 a patch that changes nothing is told as such', async () => {
  const created = await createStream(api, namespace);
  const args = [
    'patch',
    'is',
    created.metadata.name,
    '--type=merge',
    '-p',
    '{"spec":{"lookupPolicy":{"local":true}}}',
  ];
  expect((await kubectl(args)).stdout).toMatch(/ patched\n$/);
  expect((await kubectl(args)).stdout).toMatch(/ patched \(no change\)\n$/);
});

test('134 what cannot be changed says so', async () => {
  const name = freshName();
  const path = coreIn(namespace, 'secrets');
  await api.post(path, { metadata: { name }, stringData: { a: '1' }, immutable: true });
  expect((await api.patch(`${path}/${name}`, { stringData: { a: '2' } })).json).toMatchObject({
    code: 422,
    message: `Secret "${name}" is invalid: data: Forbidden: field is immutable when \`immutable\` is set`,
  });
  expect((await api.patch(`${path}/${name}`, { type: 'other' })).json.message).toContain(
    'field is immutable',
  );
});

test('135 oc set image-lookup is a strategic merge patch of a stream', async () => {
  const created = await createStream(api, namespace, { spec: { tags: [reference('a')] } });
  const { status, json } = await api.request('PATCH', pathOf(created), {
    body: { spec: { lookupPolicy: { local: true } } },
    headers: {
      'content-type': 'application/strategic-merge-patch+json',
      accept: 'application/json, */*',
      'user-agent': 'oc/4.13.0 (linux/amd64) kubernetes/92b1a3d',
    },
  });
  expect(status).toBe(200);
  expect(json.spec).toMatchObject({ lookupPolicy: { local: true }, tags: [{ name: 'a' }] });
});

test.for([
  { type: 'other+json', body: {}, code: 415 },
  { type: 'merge-patch+json', body: '{bad', code: 400 },
  { type: 'merge-patch+json', body: [], code: 400 },
  { type: 'json-patch+json', body: {}, code: 400 },
])('122 a patch of type $type with the body $body is refused', async ({ type, body, code }) => {
  const created = await createStream(api, namespace);
  const { json } = await api.patch(pathOf(created), body, type);
  expect(json).toMatchObject({ kind: 'Status', code });
  expect((await api.patch(streamsIn(namespace, 'no-such'), {}, 'merge-patch+json')).status).toBe(
    404,
  );
});
