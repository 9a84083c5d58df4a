import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Harness, startHarness, widgetsPath } from './support/harness.ts';
import { createNamespace, createWidget, widget } from './support/objects.ts';

let api: Harness;
/** Widgets a to e, of which a, c and e have the label odd=yes and colour blue. */
let path: string;

beforeAll(async () => {
  api = await startHarness();
  path = await createNamespace(api);
  for (const [index, name] of ['a', 'b', 'c', 'd', 'e'].entries()) {
    const odd = index % 2 === 0;
    await api.request('POST', path, {
      body: widget({
        name,
        spec: odd ? { colour: 'blue' } : {},
        labels: odd ? { odd: 'yes', n: String(index) } : { n: String(index) },
      }),
    });
  }
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const names = (list: { items: { metadata: { name: string } }[] }): string[] =>
  list.items.map(({ metadata }) => metadata.name);

describe('a list', () => {
  test('has everything of the namespace in order, at one version', async () => {
    const { json } = await api.request('GET', path);
    expect(json).toMatchObject({
      kind: 'WidgetList',
      apiVersion: 'example.dev/v1',
      metadata: { resourceVersion: expect.stringMatching(/^\d+$/) },
    });
    expect(names(json)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(json.items[0]).toMatchObject({ kind: 'Widget', apiVersion: 'example.dev/v1' });
  });

  test('of nothing has an empty list of items', async () => {
    const { json } = await api.request('GET', '/apis/example.dev/v1/namespaces/none/widgets');
    expect(json.items).toEqual([]);
  });

  test('over all namespaces needs none in the path', async () => {
    await createWidget(api);
    const { json } = await api.request('GET', '/apis/example.dev/v1/widgets');
    const namespaces = json.items.map(
      (item: { metadata: { namespace: string } }) => item.metadata.namespace,
    );
    expect(new Set(namespaces).size).toBe(2);
  });

  test.for([
    { query: 'labelSelector=odd', found: ['a', 'c', 'e'] },
    { query: 'labelSelector=!odd', found: ['b', 'd'] },
    { query: 'labelSelector=odd%3Dyes,n%3E1', found: ['c', 'e'] },
    { query: 'fieldSelector=metadata.name%3Dc', found: ['c'] },
    { query: 'fieldSelector=metadata.name!%3Dc,spec.colour%3Dblue', found: ['a', 'e'] },
    { query: 'fieldSelector=metadata.name%3Dc&labelSelector=!odd', found: [] },
    { query: 'limit=-1', found: ['a', 'b', 'c', 'd', 'e'] },
    { query: 'resourceVersion=0', found: ['a', 'b', 'c', 'd', 'e'] },
  ])('with $query has $found', async ({ query, found }) => {
    const { json } = await api.request('GET', `${path}?${query}`);
    expect(names(json)).toEqual(found);
  });

  test('of another namespace by field selector finds nothing here', async () => {
    const { json } = await api.request('GET', `${path}?fieldSelector=metadata.namespace%3Dtest`);
    expect(json.items).toEqual([]);
  });

  test('comes in pages that all show the state of the first', async () => {
    const own = await createNamespace(api);
    for (const name of ['a', 'b', 'c', 'd', 'e'])
      await api.request('POST', own, { body: widget({ name }) });
    const first = await api.request('GET', `${own}?limit=2`);
    expect(names(first.json)).toEqual(['a', 'b']);
    expect(first.json.metadata.remainingItemCount).toBe(3);
    await api.request('DELETE', `${own}/c`);
    await api.request('POST', own, { body: widget({ name: 'bb' }) });
    const token = first.json.metadata.continue;
    const second = await api.request('GET', `${own}?limit=2&continue=${token}`);
    expect(names(second.json)).toEqual(['c', 'd']);
    expect(second.json.metadata.resourceVersion).toBe(first.json.metadata.resourceVersion);
    const last = await api.request(
      'GET',
      `${own}?limit=2&continue=${second.json.metadata.continue}`,
    );
    expect(names(last.json)).toEqual(['e']);
    expect(last.json.metadata).toEqual({
      resourceVersion: first.json.metadata.resourceVersion,
    });
  });

  test('in pages with a selector says nothing of how much is left', async () => {
    const first = await api.request('GET', `${path}?limit=2&labelSelector=odd`);
    expect(names(first.json)).toEqual(['a', 'c']);
    expect(first.json.metadata).not.toHaveProperty('remainingItemCount');
    const last = await api.request(
      'GET',
      `${path}?limit=2&labelSelector=odd&continue=${first.json.metadata.continue}`,
    );
    expect(names(last.json)).toEqual(['e']);
  });

  test('as of an exact version shows what was', async () => {
    const own = await createNamespace(api);
    await api.request('POST', own, { body: widget({ name: 'a' }) });
    const before = await api.request('GET', own);
    await api.request('POST', own, { body: widget({ name: 'b' }) });
    const version = before.json.metadata.resourceVersion;
    const exact = await api.request(
      'GET',
      `${own}?resourceVersion=${version}&resourceVersionMatch=Exact`,
    );
    expect(exact.json).toEqual(before.json);
  });

  test.for([
    { query: 'limit=abc', status: 400, message: 'strconv.ParseInt: parsing "abc": invalid syntax' },
    {
      query: 'labelSelector=%3D%3Dbad',
      status: 400,
      message: "found '==', expected: !, identifier, or 'end of string'",
    },
    {
      query: 'fieldSelector=bogus%3Dx',
      status: 400,
      message: '"bogus" is not a known field selector: only "metadata.name", "metadata.namespace"',
    },
    {
      query: 'continue=garbage',
      status: 400,
      message: 'invalid continue token: continue key is not valid',
    },
    {
      query: 'resourceVersion=abc',
      status: 500,
      message:
        'resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax',
    },
    {
      query: 'resourceVersionMatch=Exact',
      status: 422,
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided',
    },
    {
      query: 'resourceVersionMatch=Exact&resourceVersion=0',
      status: 422,
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Forbidden: resourceVersionMatch "Exact" is forbidden for resourceVersion "0"',
    },
    {
      query: 'resourceVersionMatch=Zed&resourceVersion=1',
      status: 422,
      message:
        'ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: Unsupported value: "Zed": supported values: "Exact", "NotOlderThan", ""',
    },
    {
      query: 'sendInitialEvents=true',
      status: 422,
      message:
        'ListOptions.meta.k8s.io "" is invalid: sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list',
    },
    {
      query: 'includeObject=Zed',
      status: 400,
      message: 'unrecognized includeObject value: "Zed"',
    },
  ])('with $query is refused', async ({ query, status, message }) => {
    const answer = await api.request('GET', `${path}?${query}`, {
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(answer.json).toMatchObject({ code: status, message });
  });

  test('from the future is a timeout', async () => {
    const { status, json, headers } = await api.request('GET', `${path}?resourceVersion=99999999`);
    expect(status).toBe(504);
    expect(headers['retry-after']).toBe('1');
    expect(json).toMatchObject({
      reason: 'Timeout',
      message: expect.stringMatching(
        /^Timeout: Too large resource version: 99999999, current: \d+$/,
      ),
      details: { causes: [{ reason: 'ResourceVersionTooLarge' }], retryAfterSeconds: 1 },
    });
  });

  test('goes on inconsistently when its version is compacted', async () => {
    const own = await createNamespace(api);
    for (const name of ['a', 'b', 'c']) await api.request('POST', own, { body: widget({ name }) });
    const first = await api.request('GET', `${own}?limit=1`);
    await api.request('DELETE', `${own}/b`);
    await api.record.store.compact(await api.record.store.currentRevision());
    const expired = await api.request(
      'GET',
      `${own}?limit=1&continue=${first.json.metadata.continue}`,
    );
    expect(expired.json).toMatchObject({ code: 410, reason: 'Expired' });
    const rest = await api.request('GET', `${own}?continue=${expired.json.metadata.continue}`);
    expect(names(rest.json)).toEqual(['c']);
  });
});

describe('an answer', () => {
  const table = 'application/json;as=Table;v=v1;g=meta.k8s.io';

  test('as a table has columns, cells and the metadata of each object', async () => {
    const { json, headers } = await api.request('GET', path, {
      headers: { accept: `${table},application/json` },
    });
    expect(headers['content-type']).toBe('application/json');
    expect(json).toMatchObject({
      kind: 'Table',
      apiVersion: 'meta.k8s.io/v1',
      columnDefinitions: [{ name: 'Name', format: 'name' }, { name: 'Colour' }, { priority: 1 }],
    });
    expect(json.rows[0].cells).toEqual(['a', 'blue', 0]);
    expect(json.rows[0].object).toMatchObject({
      kind: 'PartialObjectMetadata',
      apiVersion: 'meta.k8s.io/v1',
      metadata: { name: 'a' },
    });
    expect(json.rows[0].object).not.toHaveProperty('spec');
  });

  test.for([
    { include: 'None', object: undefined },
    { include: 'Object', object: 'Widget' },
    { include: 'Metadata', object: 'PartialObjectMetadata' },
  ])('as a table carries $include', async ({ include, object }) => {
    const { json } = await api.request('GET', `${path}/a?includeObject=${include}`, {
      headers: { accept: table },
    });
    expect(json.rows[0].object?.kind).toBe(object);
  });

  test('may be only metadata', async () => {
    const accept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
    const list = await api.request('GET', path, { headers: { accept } });
    expect(list.json).toMatchObject({
      kind: 'PartialObjectMetadataList',
      items: [{ kind: 'PartialObjectMetadata' }, {}, {}, {}, {}],
    });
    const one = await api.request('GET', `${path}/a`, {
      headers: { accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1' },
    });
    expect(one.json.kind).toBe('PartialObjectMetadata');
  });

  test('may be YAML', async () => {
    const { text, headers } = await api.request('GET', `${path}/a`, {
      headers: { accept: 'application/yaml' },
    });
    expect(headers['content-type']).toBe('application/yaml');
    expect(text).toMatch(/^kind: Widget$/m);
  });

  test.for([
    'application/json, */*;q=0.8',
    'application/vnd.kubernetes.protobuf,application/json',
    '*/*',
  ])('is JSON for Accept: %s', async (accept) => {
    const { json } = await api.request('GET', `${path}/a`, { headers: { accept } });
    expect(json.kind).toBe('Widget');
  });

  test.for([
    'text/html',
    'application/json;as=Table;v=v9;g=meta.k8s.io',
    'application/vnd.kubernetes.protobuf',
  ])('is 406 for Accept: %s', async (accept) => {
    const { json } = await api.request('GET', `${path}/a`, { headers: { accept } });
    expect(json).toMatchObject({ code: 406, reason: 'NotAcceptable' });
  });

  test('is a Status for everything that is not there', async () => {
    const expected = {
      kind: 'Status',
      code: 404,
      message: 'the server could not find the requested resource',
    };
    for (const unknown of ['/nowhere', '/apis/no.such/v1/things', '/apis/example.dev/v1/widgets/a'])
      expect((await api.request('GET', unknown)).json).toMatchObject(expected);
    expect((await api.request('GET', `${widgetsPath}/none`)).json).toMatchObject({
      message: 'widgets.example.dev "none" not found',
      details: { name: 'none', group: 'example.dev', kind: 'widgets' },
    });
  });

  test.for([
    ['POST', '/a'],
    ['PUT', ''],
    ['PATCH', ''],
    ['OPTIONS', '/a'],
    ['DELETE', '/a/status'],
  ])('to %s %s is 405', async ([method = '', name = '']) => {
    const { json } = await api.request(method, `${widgetsPath}${name}`, {
      body: {},
      headers: { 'content-type': 'application/merge-patch+json' },
    });
    expect(json).toMatchObject({
      code: 405,
      message: 'the server does not allow this method on the requested resource',
      details: {},
    });
  });
});
