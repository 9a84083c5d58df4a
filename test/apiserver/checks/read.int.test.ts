import { afterAll, beforeAll, expect, test } from 'vitest';

import { tableAccept } from './support/accept.ts';
import { coreIn, createStream, imageGroup, reference, streamsIn } from './support/objects.ts';
import { type Program, startProgram } from './support/program.ts';

let api: Program;
/** With the streams a to e, of which a, c and e have the label odd=yes; each has n=0 to n=4. */
let namespace: string;
let path: string;

beforeAll(async () => {
  api = await startProgram({ args: ['--controllers=off'] });
  namespace = await api.namespace();
  path = streamsIn(namespace);
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const n = String(index);
    await createStream(api, namespace, {
      name,
      labels: index % 2 === 0 ? { odd: 'yes', n } : { n },
      spec: { tags: [reference('v1')] },
    });
  }
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const names = (list: { items: { metadata: { name: string } }[] }): string[] =>
  list.items.map(({ metadata }) => metadata.name);

const get = (...args: string[]): Promise<string> => api.ok(['-n', namespace, 'get', ...args]);

/** A namespace with configmaps a to e, for tests that change what is in it. */
async function configMaps(): Promise<string> {
  const own = coreIn(await api.namespace(), 'configmaps');
  for (const name of ['a', 'b', 'c', 'd', 'e']) await api.post(own, { metadata: { name } });
  return own;
}

test('71 kubectl get shows the columns of the kind', async () => {
  expect(await get('is')).toMatch(/^NAME +IMAGE REPOSITORY +TAGS +UPDATED\na +v1/);
  const { json, headers } = await api.get(path, { accept: tableAccept });
  expect(headers['content-type']).toBe('application/json');
  expect(json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1' });
  expect(json.columnDefinitions[0]).toMatchObject({ name: 'Name', type: 'string', format: 'name' });
  expect(json.rows).toHaveLength(5);
});

/** How many columns a printed table has. */
function headed(table: string): number {
  return table.split('\n', 1)[0]!.split(/ {2,}/).length;
}

test('72 -o wide shows all columns', async () => {
  const [narrow, wide] = [await get('events,cm'), await get('events,cm', '-o', 'wide')];
  expect(headed(wide)).toBeGreaterThanOrEqual(headed(narrow));
  const { json } = await api.get(coreIn(namespace, 'events'), { accept: tableAccept });
  const priorities = json.columnDefinitions.map(({ priority }: { priority: number }) => priority);
  expect(new Set(priorities)).toEqual(new Set([0, 1]));
});

test('73 every form of output', async () => {
  expect(await get('is', 'a', '-o', 'yaml')).toContain('kind: ImageStream');
  expect(JSON.parse(await get('is', 'a', '-o', 'json'))).toMatchObject({ kind: 'ImageStream' });
  expect(await get('is', 'a', '-o', 'name')).toBe('imagestream.image.openshift.io/a\n');
  expect(await get('is', 'a', '-o', 'jsonpath={.spec.tags[*].name}')).toBe('v1');
  const columns = ['-o', 'custom-columns=N:.metadata.labels.n', '--no-headers'];
  expect(await get('is', 'b', ...columns)).toBe('1\n');
  const yaml = await api.get(`${path}/a`, { accept: 'application/yaml' });
  expect(yaml.headers['content-type']).toBe('application/yaml');
  expect(yaml.text).toMatch(/^kind: ImageStream$/m);
});

test('74 --show-labels and -L', async () => {
  expect(await get('is', 'a', '--show-labels')).toMatch(/LABELS\n.* n=0,odd=yes\n/);
  expect(await get('is', '-L', 'odd')).toMatch(/ODD\n.* yes\n/);
});

test('75 --sort-by', async () => {
  const sorted = await get('is', '--sort-by={.metadata.labels.n}', '-o', 'name');
  expect(sorted.match(/\/\w/g)).toEqual(['/a', '/b', '/c', '/d', '/e']);
  expect(await get('is', '--sort-by=.metadata.name')).toMatch(/^NAME/);
});

test('76 -A shows every namespace', async () => {
  const other = await api.namespace();
  await createStream(api, other, { name: 'elsewhere' });
  const all = await api.ok(['get', 'is', '-A']);
  expect(all).toMatch(/^NAMESPACE +NAME/);
  expect(all).toContain(other);
  expect(names((await api.get(`${imageGroup}/imagestreams`)).json)).toContain('elsewhere');
});

test.for([
  { include: 'None', object: undefined },
  { include: 'Metadata', object: 'PartialObjectMetadata' },
  { include: 'Object', object: 'ImageStream' },
])('77 a table carries includeObject=$include', async ({ include, object }) => {
  const { json } = await api.get(`${path}/a?includeObject=${include}`, { accept: tableAccept });
  expect(json.rows[0].object?.kind).toBe(object);
  const wrong = await api.get(`${path}/a?includeObject=Zed`, { accept: tableAccept });
  expect(wrong.json).toMatchObject({ message: 'unrecognized includeObject value: "Zed"' });
});

function onlyMetadata(as: string): { accept: string } {
  return { accept: `application/json;as=${as};g=meta.k8s.io;v=v1` };
}

test('78 only the metadata', async () => {
  const list = await api.get(path, onlyMetadata('PartialObjectMetadataList'));
  expect(list.json).toMatchObject({
    kind: 'PartialObjectMetadataList',
    apiVersion: 'meta.k8s.io/v1',
    items: [{ kind: 'PartialObjectMetadata', metadata: { name: 'a' } }, {}, {}, {}, {}],
  });
  const one = await api.get(`${path}/a`, onlyMetadata('PartialObjectMetadata'));
  expect(one.json).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'a' } });
  expect(one.json).not.toHaveProperty('spec');
});

test.for([
  { selector: 'odd=yes', found: 'ace' },
  { selector: 'odd==yes', found: 'ace' },
  { selector: 'odd!=yes', found: 'bd' },
  { selector: 'n in (0,1)', found: 'ab' },
  { selector: 'n in (0,)', found: 'a' },
  { selector: 'odd notin (yes)', found: 'bd' },
  { selector: 'odd', found: 'ace' },
  { selector: '!odd', found: 'bd' },
  { selector: 'n > 1', found: 'cde' },
  { selector: 'n<2,odd', found: 'a' },
  { selector: '', found: 'abcde' },
])('79 the label selector "$selector" finds $found', async ({ selector, found }) => {
  const { json } = await api.get(`${path}?labelSelector=${encodeURIComponent(selector)}`);
  expect(names(json).join('')).toBe(found);
});

test('80 a selector that cannot be read says why', async () => {
  const { json } = await api.get(`${path}?labelSelector=%3D%3Dbad`);
  expect(json).toMatchObject({
    code: 400,
    reason: 'BadRequest',
    message: "found '==', expected: !, identifier, or 'end of string'",
  });
});

test('81 field selectors, and those that are not supported', async () => {
  for (const [selector, found] of [
    ['metadata.name=c', 'c'],
    ['metadata.name!=c', 'abde'],
    [`metadata.namespace=${namespace},metadata.name=a`, 'a'],
    ['metadata.namespace=other', ''],
  ] as const) {
    const { json } = await api.get(`${path}?fieldSelector=${encodeURIComponent(selector)}`);
    expect(names(json).join('')).toBe(found);
  }
  const { json } = await api.get(`${path}?fieldSelector=foo.bar%3Dx`);
  expect(json).toMatchObject({ code: 400, message: expect.stringContaining('"foo.bar"') });
});

test('82 pages show the state of the first, whatever is written meanwhile', async () => {
  const own = await configMaps();
  const first = await api.get(`${own}?limit=2`);
  expect(names(first.json)).toEqual(['a', 'b']);
  await api.delete(`${own}/c`);
  await api.post(own, { metadata: { name: 'bb' } });
  const second = await api.get(`${own}?limit=2&continue=${first.json.metadata.continue}`);
  expect(names(second.json)).toEqual(['c', 'd']);
  const last = await api.get(`${own}?limit=2&continue=${second.json.metadata.continue}`);
  expect(names(last.json)).toEqual(['e']);
  const { resourceVersion } = first.json.metadata;
  expect(second.json.metadata.resourceVersion).toBe(resourceVersion);
  expect(last.json.metadata).toEqual({ resourceVersion });
  const chunked = ['-n', namespace, 'get', 'is', '--chunk-size=2', '-o', 'name'];
  expect((await api.ok(chunked)).trim().split('\n')).toHaveLength(5);
});

test.for([
  { query: 'limit=abc', message: 'strconv.ParseInt: parsing "abc": invalid syntax' },
  {
    query: 'continue=garbage',
    message: 'invalid continue token: continue key is not valid',
  },
  {
    query: 'continue=x&resourceVersion=1',
    message: 'specifying resource version is not allowed when using continue',
  },
])('82 a page with $query is refused', async ({ query, message }) => {
  expect((await api.get(`${path}?${query}`)).json).toMatchObject({ code: 400, message });
  expect((await api.get(`${path}?limit=-1`)).json.items).toHaveLength(5);
});

test('83 pages go on inconsistently when their state is forgotten', async () => {
  const own = await configMaps();
  const first = await api.get(`${own}?limit=2`);
  await api.delete(`${own}/c`);
  await api.forget();
  const expired = await api.get(`${own}?limit=2&continue=${first.json.metadata.continue}`);
  expect(expired.json).toMatchObject({ code: 410, reason: 'Expired' });
  const rest = await api.get(`${own}?continue=${expired.json.metadata.continue}`);
  expect(names(rest.json)).toEqual(['d', 'e']);
  const exact = await api.get(
    `${own}?resourceVersionMatch=Exact&resourceVersion=${first.json.metadata.resourceVersion}`,
  );
  expect(exact.json).toMatchObject({ code: 410, reason: 'Expired' });
});

test('84 remainingItemCount is told where nothing is selected', async () => {
  expect((await api.get(`${path}?limit=2`)).json.metadata.remainingItemCount).toBe(3);
  const selected = await api.get(`${path}?limit=1&labelSelector=odd`);
  expect(selected.json.metadata.continue).toBeTruthy();
  expect(selected.json.metadata).not.toHaveProperty('remainingItemCount');
});

test('85 resourceVersion of a list: any, past, exact, future and none', async () => {
  const before = await api.get(path);
  const { resourceVersion } = before.json.metadata;
  for (const version of ['', '0', '1', resourceVersion])
    expect(names((await api.get(`${path}?resourceVersion=${version}`)).json)).toHaveLength(5);
  await api.post(coreIn(namespace, 'configmaps'), { metadata: { name: 'later' } });
  const exact = await api.get(
    `${path}?resourceVersion=${resourceVersion}&resourceVersionMatch=Exact`,
  );
  expect(exact.json).toEqual(before.json);
  const future = await api.get(`${path}?resourceVersion=99999999`);
  expect(future.headers['retry-after']).toBe('1');
  expect(future.json).toMatchObject({
    code: 504,
    reason: 'Timeout',
    message: expect.stringMatching(/^Timeout: Too large resource version: 99999999, current: \d+$/),
    details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
  });
  const invalid = await api.get(`${path}?resourceVersion=abc`);
  expect(invalid.json.message).toBe(
    'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
  );
});

test.for([
  {
    query: 'resourceVersionMatch=Exact',
    message:
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
  },
  {
    query: 'resourceVersionMatch=Exact&resourceVersion=0',
    message:
      'resourceVersionMatch: Forbidden: resourceVersionMatch "Exact" is forbidden for resourceVersion "0"',
  },
  {
    query: 'resourceVersionMatch=Zed&resourceVersion=1',
    message:
      'resourceVersionMatch: Unsupported value: "Zed": supported values: "Exact", "NotOlderThan", ""',
  },
  {
    query: 'resourceVersionMatch=Exact&resourceVersion=1&continue=x',
    message:
      'resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden when continue is provided',
  },
  {
    query: 'sendInitialEvents=true',
    message: 'sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
  },
])('86 a list with $query is refused', async ({ query, message }) => {
  expect((await api.get(`${path}?${query}`)).json).toMatchObject({
    code: 422,
    message: `ListOptions.meta.k8s.io "" is invalid: ${message}`,
  });
});

test('87 what cannot be answered is 406', async () => {
  for (const accept of ['text/html', 'application/vnd.kubernetes.protobuf'])
    expect((await api.get(path, { accept })).json).toMatchObject({
      code: 406,
      reason: 'NotAcceptable',
      message: 'only the following media types are accepted: application/json, application/yaml',
    });
  for (const accept of ['application/json, */*;q=0.8', '*/*', 'text/html, application/*;q=0.1'])
    expect((await api.get(`${path}/a`, { accept })).json.kind).toBe('ImageStream');
});

test('88 a table of an unknown version is 406', async () => {
  const accept = 'application/json;as=Table;v=v9;g=meta.k8s.io';
  expect((await api.get(path, { accept })).status).toBe(406);
  const either = await api.get(path, { accept: `${accept},application/json` });
  expect(either.json.kind).toBe('ImageStreamList');
});

test('89 names of 253 characters', async () => {
  const name = `a${'b'.repeat(252)}`;
  const own = coreIn(namespace, 'configmaps');
  expect((await api.post(own, { metadata: { name } })).status).toBe(201);
  expect((await api.get(`${own}/${name}`)).json.metadata.name).toBe(name);
  expect(await get('cm', name, '-o', 'name')).toContain(name);
  expect((await api.get(`${own}/${name}b`)).status).toBe(404);
});

test('90 several kinds at once', async () => {
  await api.post(coreIn(namespace, 'secrets'), { metadata: { name: 'several' } });
  const shown = await get('is,secrets,cm');
  expect(shown).toMatch(/^imagestream\.image\.openshift\.io\/a /m);
  expect(shown).toMatch(/^secret\/several +Opaque/m);
});
