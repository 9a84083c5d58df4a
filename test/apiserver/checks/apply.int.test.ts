import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify as toYaml } from 'yaml';

import { kubectlHas } from '#test/support/services/kubectl.ts';
import { tempDir } from '#test/support/temp-dir.ts';

import type { Answer } from '../support/http.ts';
import { applyFewerTags, applySet, takeOver } from './support/newer-apply.ts';
import {
  coreIn,
  imageGroup,
  reference,
  stream,
  type StreamDocument,
  streamsIn,
} from './support/objects.ts';
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

const kubectl = (args: readonly string[], input?: object): ReturnType<Program['kubectl']> =>
  api.kubectl(['-n', namespace, ...args], input === undefined ? {} : { input });

/** `kubectl apply -f -`, which must succeed; answers what it printed. */
async function apply(input: object, ...flags: string[]): Promise<string> {
  const { stdout, stderr, exitCode } = await kubectl(['apply', ...flags, '-f', '-'], input);
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return stdout;
}

const get = async (name: string): Promise<Answer['json']> =>
  (await api.get(streamsIn(namespace, name))).json;

/** A stream with reference tags of these names. */
const tagged = (name: string, ...tags: string[]): StreamDocument =>
  stream({ name, spec: { tags: tags.map((tag) => reference(tag)) } });

const tagNames = ({ spec }: { spec: { tags?: { name: string }[] } }): string[] =>
  (spec.tags ?? []).map((tag) => tag.name).toSorted();

/** Applies what is applied: the server stores nothing. */
async function applyAgain(document: StreamDocument): Promise<void> {
  const before = await get(document.metadata.name);
  const printed = await apply(document);
  // Older ones replace lists that the server filled in, so they send something.
  const words = (await kubectlHas('strategic patches'))
    ? / unchanged$/m
    : / (unchanged|configured)$/m;
  expect(printed).toMatch(words);
  expect(await get(document.metadata.name)).toEqual(before);
}

test('136 kubectl apply creates, leaves alone and changes', async () => {
  const name = freshName();
  expect(await apply(tagged(name, 'a', 'b'))).toContain(' created');
  await applyAgain(tagged(name, 'a', 'b'));
  expect(await apply(tagged(name, 'a', 'b', 'c'))).toContain(' configured');
  expect(tagNames(await get(name))).toEqual(['a', 'b', 'c']);
});

test('137 what is applied again stays unchanged, whatever the server filled in', async () => {
  const name = freshName();
  const sparse = stream({
    name,
    spec: { tags: [{ name: 'v1', from: { kind: 'DockerImage', name: 'quay.io/acme/app:1' } }] },
  });
  await apply(sparse);
  expect((await get(name)).spec.tags[0]).toMatchObject({ importPolicy: {}, referencePolicy: {} });
  await applyAgain(sparse);
});

test('138 what is left out is removed, and what another wrote stays', async () => {
  const name = freshName();
  await apply(tagged(name, 'a', 'b'));
  const other = { spec: { tags: [reference('other')] } };
  await kubectl(['patch', 'is', name, '--type=strategic', '-p', JSON.stringify(other)]);
  await api.patch(streamsIn(namespace, name), other, 'strategic-merge-patch+json');
  if (await kubectlHas('strategic patches')) await apply(tagged(name, 'a'));
  else
    await applyFewerTags(api, streamsIn(namespace, name), tagged(name, 'a'), {
      left: ['a'],
      gone: ['b'],
    });
  expect(tagNames(await get(name))).toEqual(['a', 'other']);
});

test('139 kubectl apply takes a List', async () => {
  const items = [tagged(freshName(), 'a'), tagged(freshName(), 'a')];
  const printed = await apply({ kind: 'List', apiVersion: 'v1', items });
  for (const { metadata } of items) expect(printed).toContain(`${metadata.name} created`);
});

test('140 several documents, and a kustomization', async () => {
  using dir = tempDir('kustomize');
  const [one, two] = [tagged(freshName(), 'a'), tagged(freshName(), 'a')];
  const both = `${toYaml(one)}---\n${toYaml(two)}`;
  const { stdout } = await api.kubectl(['-n', namespace, 'apply', '-f', '-'], { input: both });
  expect(stdout.match(/created/g)).toHaveLength(2);
  const base = join(dir.path, 'base');
  await mkdir(base);
  await writeFile(join(base, 'is.yaml'), JSON.stringify(tagged('kustomized', 'a')));
  await writeFile(join(base, 'kustomization.yaml'), 'resources: [is.yaml]\nnamePrefix: pre-\n');
  expect((await kubectl(['apply', '-k', base])).stdout).toContain('pre-kustomized created');
});

test('141 a dry run on the server stores nothing', async () => {
  const name = freshName();
  expect(await apply(tagged(name, 'a'), '--dry-run=server')).toContain('(server dry run)');
  expect((await api.get(streamsIn(namespace, name))).status).toBe(404);
  await apply(tagged(name, 'a'));
  await apply(tagged(name, 'a', 'b'), '--dry-run=server');
  expect(tagNames(await get(name))).toEqual(['a']);
});

function diff(input: object): ReturnType<Program['kubectl']> {
  return kubectl(['diff', '-f', '-'], input);
}

test('142 kubectl diff', async () => {
  const name = freshName();
  await apply(tagged(name, 'a'));
  expect(await diff(tagged(name, 'a'))).toMatchObject({ exitCode: 0, stdout: '' });
  const changed = await diff(tagged(name, 'a', 'b'));
  expect(changed.exitCode).toBe(1);
  expect(changed.stdout).toMatch(/^\+ +name: b$/m);
});

test.for([
  { fieldValidation: 'Strict', exitCode: 1, stderr: 'unknown field "spec.bogus"' },
  { fieldValidation: 'Warn', exitCode: 0, stderr: 'Warning: unknown field "spec.bogus"' },
  { fieldValidation: 'Ignore', exitCode: 0, stderr: '' },
])('143 --validate=$fieldValidation', async ({ fieldValidation, exitCode, stderr }) => {
  const bogus = { ...stream(), spec: { bogus: 1 } };
  const query = `dryRun=All&fieldManager=kubectl-create&fieldValidation=${fieldValidation}`;
  const flags = (await kubectlHas('create --validate=strict'))
    ? ['--dry-run=server', `--validate=${fieldValidation.toLowerCase()}`]
    : ['--raw', `${streamsIn(namespace)}?${query}`];
  const finished = await kubectl(['create', ...flags, '-f', '-'], bogus);
  expect(finished.exitCode).toBe(exitCode);
  expect(finished.stderr).toContain(stderr);
});

function twice(name: string): string {
  return `{"metadata":{"name":"${name}"},"spec":{"lookupPolicy":{"local":true,"local":false}}}`;
}

test('143 a field that is there twice is refused, told of or passed over', async () => {
  const path = streamsIn(namespace);
  const strict = await api.post(`${path}?fieldValidation=Strict`, twice('strict'));
  expect(strict.json).toMatchObject({
    code: 400,
    message:
      'ImageStream in version "v1" cannot be handled as a ImageStream: strict decoding error: duplicate field "spec.lookupPolicy.local"',
  });
  const warned = await api.post(`${path}?fieldValidation=Warn`, twice('warned'));
  expect(warned.headers['warning']).toBe(
    String.raw`299 - "duplicate field \"spec.lookupPolicy.local\""`,
  );
  expect(warned.json.spec.lookupPolicy.local).toBe(false);
  const ignored = await api.post(`${path}?fieldValidation=Ignore`, twice('ignored'));
  expect(ignored.status).toBe(201);
  expect(ignored.headers['warning']).toBeUndefined();
  const yaml = 'metadata:\n  name: yaml\nspec:\n  bogus: 1\n  bogus: 2\n';
  const inYaml = await api.post(`${path}?fieldValidation=Strict`, yaml, {
    'content-type': 'application/yaml',
  });
  expect(inYaml.json.message).toContain(
    'strict decoding error: yaml: unmarshal errors:\n  line 5: key "bogus" already set in map, unknown field "spec.bogus"',
  );
  const patched = await api.request('PATCH', `${path}/warned?fieldValidation=Strict`, {
    body: '{"spec":{"lookupPolicy":{"local":true,"local":false}}}',
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  expect(patched.json.message).toContain('duplicate field "spec.lookupPolicy.local"');
});

test('144 kubectl apply --prune deletes what is labelled and no longer applied', async () => {
  const labels = { set: freshName() };
  const [one, two] = [stream({ labels }), stream({ labels })];
  const list = (await kubectlHas('apply --prune-allowlist')) ? 'allowlist' : 'whitelist';
  const kind = 'image.openshift.io/v1/ImageStream';
  const flags = ['--prune', '-l', `set=${labels.set}`, `--prune-${list}=${kind}`];
  await apply({ kind: 'List', apiVersion: 'v1', items: [one, two] }, ...flags);
  expect(await apply(one, ...flags)).toContain(`${two.metadata.name} pruned`);
  expect((await api.get(streamsIn(namespace, one.metadata.name))).status).toBe(200);
});

/** The names of what kubectl pruned. */
async function kubectlApplySet(
  program: Program,
  inNamespace: string,
  items: readonly StreamDocument[],
): Promise<string[]> {
  const flags = ['--prune', '--applyset=configmap/set', '--server-side', '-f', '-'];
  const { stdout, stderr, exitCode } = await program.kubectl(
    ['-n', inNamespace, 'apply', ...flags],
    { input: { kind: 'List', apiVersion: 'v1', items }, env: { KUBECTL_APPLYSET: 'true' } },
  );
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
  return [...stdout.matchAll(/\/(\S+) pruned$/gm)].map(([, name = '']) => name);
}

test('145 kubectl apply --prune deletes what has left its apply set', async () => {
  const [one, two] = [stream(), stream()];
  const applyAll = (await kubectlHas('apply --applyset')) ? kubectlApplySet : applySet;
  expect(await applyAll(api, namespace, [one, two])).toEqual([]);
  expect(await applyAll(api, namespace, [one])).toEqual([two.metadata.name]);
  expect((await api.get(streamsIn(namespace, one.metadata.name))).status).toBe(200);
  expect((await api.get(streamsIn(namespace, two.metadata.name))).status).toBe(404);
});

/** PATCH with `application/apply-patch+yaml`. */
function applied(name: string, manager: string, spec: object, query = ''): Promise<Answer> {
  return api.request('PATCH', `${streamsIn(namespace, name)}?fieldManager=${manager}${query}`, {
    body: stream({ name, spec }),
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });
}

const local = (value: boolean): object => ({ lookupPolicy: { local: value } });

test('146 server-side apply creates, and the second time changes nothing', async () => {
  const name = freshName();
  const first = await applied(name, 'a', { ...local(true), tags: [reference('x')] });
  expect(first.status).toBe(201);
  expect(first.json.metadata.managedFields).toMatchObject([
    {
      manager: 'a',
      operation: 'Apply',
      apiVersion: 'image.openshift.io/v1',
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:spec': {
          'f:lookupPolicy': { 'f:local': {} },
          'f:tags': {
            'k:{"name":"x"}': { '.': {}, 'f:from': {}, 'f:name': {}, 'f:reference': {} },
          },
        },
      },
    },
  ]);
  const second = await applied(name, 'a', { ...local(true), tags: [reference('x')] });
  expect(second.status).toBe(200);
  expect(second.json).toEqual(first.json);
  expect(await apply(stream({ name: freshName() }), '--server-side')).toContain(
    'serverside-applied',
  );
});

test('147 fields of others are conflicts, all of them named', async () => {
  const name = freshName();
  await api.post(`${streamsIn(namespace)}?fieldManager=other`, tagged(name, 'x'));
  const wanted = { ...local(true), tags: [reference('x', 'quay.io/acme/app:2')] };
  const { json } = await applied(name, 'a', wanted);
  expect(json).toMatchObject({
    code: 409,
    reason: 'Conflict',
    message:
      'Apply failed with 1 conflict: conflict with "other" using image.openshift.io/v1: .spec.tags[name="x"].from',
    details: {
      causes: [
        {
          reason: 'FieldManagerConflict',
          message: 'conflict with "other" using image.openshift.io/v1',
          field: '.spec.tags[name="x"].from',
        },
      ],
    },
  });
  const shown = await kubectl(
    ['apply', '--server-side', '-f', '-'],
    stream({ name, spec: wanted }),
  );
  expect(shown.stderr).toContain('conflict with "other" using image.openshift.io/v1: .spec.tags');
  await applied(name, 'c', local(false));
  const more = await applied(name, 'a', wanted);
  expect(more.json.message).toBe(
    'Apply failed with 2 conflicts: conflicts with "c":\n- .spec.lookupPolicy.local\nconflicts with "other" using image.openshift.io/v1:\n- .spec.tags[name="x"].from',
  );
});

test('148 force takes the fields over', async () => {
  const name = freshName();
  await applied(name, 'a', local(true));
  const { json } = await applied(name, 'b', local(false), '&force=true');
  expect(json.spec.lookupPolicy.local).toBe(false);
  expect((await applied(name, 'a', local(true))).json.message).toBe(
    'Apply failed with 1 conflict: conflict with "b": .spec.lookupPolicy.local',
  );
  const forced = ['apply', '--server-side', '--force-conflicts', '-f', '-'];
  expect(await kubectl(forced, stream({ name, spec: local(true) }))).toMatchObject({ exitCode: 0 });
});

test('149 what one owned alone and leaves out is removed', async () => {
  const name = freshName();
  await applied(name, 'a', { tags: [reference('x'), reference('y')] });
  const { json } = await applied(name, 'a', { tags: [reference('y')] });
  expect(tagNames(json)).toEqual(['y']);
});

test('150 what another owns too stays; 151 as do the items of another', async () => {
  const name = freshName();
  await applied(name, 'a', { tags: [reference('x')] });
  await applied(name, 'b', { tags: [reference('x')] });
  expect(tagNames((await applied(name, 'a', {})).json)).toEqual(['x']);
});

test('151 an item of another manager survives', async () => {
  const name = freshName();
  await applied(name, 'a', { tags: [reference('x')] });
  await applied(name, 'b', { tags: [reference('y')] });
  expect(tagNames((await applied(name, 'a', {})).json)).toEqual(['y']);
});

test('152 what was applied from the client is taken over', async () => {
  const name = freshName();
  await apply(tagged(name, 'a', 'b'));
  await apply(tagged(name, 'a', 'b'), '--server-side');
  if (!(await kubectlHas('apply takes over'))) await takeOver(api, streamsIn(namespace, name));
  await apply(tagged(name, 'a'), '--server-side');
  const { spec, metadata } = await get(name);
  expect(tagNames({ spec })).toEqual(['a']);
  const managers = metadata.managedFields.map(({ manager }: { manager: string }) => manager);
  // kubectl leaves itself the annotation under a name of its own.
  expect(managers.toSorted()).toEqual(['kubectl', 'kubectl-last-applied']);
});

test('153 server-side apply needs a field manager', async () => {
  expect((await applied('x', '', {})).json).toMatchObject({
    code: 422,
    message:
      'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
  });
  const forced = await api.patch(`${streamsIn(namespace, 'x')}?force=true`, {});
  expect(forced.json.message).toBe(
    'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
  );
});

test.for([
  {
    what: 'with managed fields',
    body: { metadata: { managedFields: [{ manager: 'a' }] } },
    message: 'metadata.managedFields must be nil',
  },
  {
    what: 'of a field that the kind does not have',
    body: { spec: { bogus: 1 } },
    message: '.spec.bogus: field not declared in schema',
  },
  {
    what: 'of items without their key',
    body: { spec: { tags: [{ reference: true }] } },
    message: 'associative list with keys has an element that omits key field "name"',
  },
])('154 a configuration $what is refused', async ({ body, message }) => {
  const { json } = await api.patch(
    `${streamsIn(namespace, 'x')}?fieldManager=a`,
    body,
    'apply-patch+yaml',
  );
  expect(json).toMatchObject({ code: 400, message: expect.stringContaining(message) });
});

test('154 an empty list of managers gives all ownership up', async () => {
  const name = freshName();
  await applied(name, 'a', local(true));
  const { json } = await api.patch(streamsIn(namespace, name), {
    metadata: { managedFields: [{}] },
  });
  expect(json.metadata).not.toHaveProperty('managedFields');
});

test('155 managers of the status are others than those of the object', async () => {
  const name = freshName();
  await applied(name, 'a', local(true));
  const status = await api.request('PATCH', `${streamsIn(namespace, name)}/status?fieldManager=c`, {
    body: { ...stream({ name, spec: local(false) }), status: { dockerImageRepository: 'x/y' } },
    headers: { 'content-type': 'application/apply-patch+yaml' },
  });
  expect(status.json.spec.lookupPolicy.local).toBe(true);
  expect(status.json.metadata.managedFields).toContainEqual(
    expect.objectContaining({ manager: 'c', subresource: 'status', operation: 'Apply' }),
  );
});

test('155 a plain write owns what it changes, under the name of its client', async () => {
  const agent = { 'user-agent': 'my-tool/1.2 (linux)' };
  const created = await api.post(streamsIn(namespace), stream({ spec: local(true) }), agent);
  expect(created.json.metadata.managedFields).toMatchObject([
    { manager: 'my-tool', operation: 'Update', fieldsV1: { 'f:spec': { 'f:lookupPolicy': {} } } },
  ]);
  const { name } = created.json.metadata;
  const patched = await api.patch(`${streamsIn(namespace, name)}?fieldManager=other`, {
    metadata: { labels: { a: 'b' } },
  });
  expect(patched.json.metadata.managedFields).toContainEqual(
    expect.objectContaining({
      manager: 'other',
      fieldsV1: { 'f:metadata': { 'f:labels': { '.': {}, 'f:a': {} } } },
    }),
  );
});

function secret(value: string): object {
  return {
    kind: 'Secret',
    apiVersion: 'v1',
    metadata: { name: 'texts' },
    stringData: { a: value },
  };
}

test('157 the texts of a secret are applied from both sides', async () => {
  for (const flags of [[], ['--server-side', '--force-conflicts']]) {
    for (const value of ['one', 'two'])
      await kubectl(['apply', ...flags, '-f', '-'], secret(value));
    const { json } = await api.get(coreIn(namespace, 'secrets', 'texts'));
    expect(json.data).toEqual({ a: Buffer.from('two').toString('base64') });
    expect(json).not.toHaveProperty('stringData');
  }
});

/** What clients send for `apply` of a stream that exists, with the query and headers of each. */
const recordedApplies = [
  {
    check: '158 oc 4.13',
    agent: 'oc/4.13.0 (linux/amd64) kubernetes/92b1a3d',
    type: 'strategic-merge-patch+json',
    query: 'fieldManager=kubectl-client-side-apply&fieldValidation=Ignore',
  },
  {
    check: '158 oc 4.13 --server-side',
    agent: 'oc/4.13.0 (linux/amd64) kubernetes/92b1a3d',
    type: 'apply-patch+yaml',
    query: 'fieldManager=kubectl&fieldValidation=Ignore&force=false',
  },
  {
    check: '159 kubectl 1.27',
    agent: 'kubectl/v1.27.16 (linux/amd64) kubernetes/cbb86e0',
    type: 'strategic-merge-patch+json',
    query: 'fieldManager=kubectl-client-side-apply&fieldValidation=Strict',
  },
  {
    check: '160 kubectl 1.33',
    agent: 'kubectl/v1.33.1 (linux/amd64) kubernetes/8adc0f0',
    type: 'strategic-merge-patch+json',
    query: 'fieldManager=kubectl-client-side-apply&fieldValidation=Strict',
  },
] as const;

test.for(recordedApplies)('$check applies', async ({ agent, type, query }) => {
  const name = freshName();
  const document = tagged(name, 'a');
  const last = 'kubectl.kubernetes.io/last-applied-configuration';
  const annotations = { [last]: `${JSON.stringify(document)}\n` };
  const create = `${streamsIn(namespace)}?${query.replace('&force=false', '')}`;
  const created = await api.post(
    create,
    type === 'apply-patch+yaml' ? document : { ...document, metadata: { name, annotations } },
    { 'user-agent': agent },
  );
  expect(created.status).toBe(201);
  const patch =
    type === 'apply-patch+yaml'
      ? tagged(name, 'a', 'b')
      : {
          metadata: { annotations },
          spec: {
            '$setElementOrder/tags': [{ name: 'a' }, { name: 'b' }],
            tags: [reference('b')],
          },
        };
  const { status, json } = await api.request('PATCH', `${streamsIn(namespace, name)}?${query}`, {
    body: patch,
    headers: { 'content-type': `application/${type}`, 'user-agent': agent },
  });
  expect(status).toBe(200);
  expect(json.spec.tags.map((tag: { name: string }) => tag.name)).toEqual(['a', 'b']);
});

test('160 kubectl of every version finds what it needs to apply', async () => {
  const { json } = await api.get('/openapi/v3');
  const { serverRelativeURL } = json.paths['apis/image.openshift.io/v1'];
  const document = (await api.get(serverRelativeURL)).json;
  const patch = document.paths[`${imageGroup}/namespaces/{namespace}/imagestreams/{name}`].patch;
  expect(Object.keys(patch.requestBody.content)).toContain(
    'application/strategic-merge-patch+json',
  );
});
