import { afterAll, beforeAll, expect, test } from 'vitest';

import { aggregatedAccept, oldAggregatedAccept } from './support/accept.ts';
import { imageGroup } from './support/objects.ts';
import { type Program, startProgram } from './support/program.ts';

let api: Program;

beforeAll(async () => {
  api = await startProgram();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const agreed = (version: string): string =>
  `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;

test('1 /api names the versions of the core group', async () => {
  const { status, json } = await api.get('/api');
  expect(status).toBe(200);
  expect(json).toEqual({
    kind: 'APIVersions',
    versions: ['v1'],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress: '' }],
  });
});

test('2 /apis names the groups with their versions', async () => {
  const { json } = await api.get('/apis');
  expect(json).toMatchObject({ kind: 'APIGroupList', apiVersion: 'v1' });
  expect(json.groups).toContainEqual({
    name: 'image.openshift.io',
    versions: [{ groupVersion: 'image.openshift.io/v1', version: 'v1' }],
    preferredVersion: { groupVersion: 'image.openshift.io/v1', version: 'v1' },
  });
});

test('3 /apis/GROUP is one group', async () => {
  const { json } = await api.get('/apis/image.openshift.io');
  expect(json).toMatchObject({
    kind: 'APIGroup',
    apiVersion: 'v1',
    name: 'image.openshift.io',
    preferredVersion: { version: 'v1' },
  });
});

test('4 /apis/GROUP/VERSION lists resources and subresources', async () => {
  const { json } = await api.get(imageGroup);
  expect(json).toMatchObject({ kind: 'APIResourceList', groupVersion: 'image.openshift.io/v1' });
  expect(json.resources).toContainEqual({
    name: 'imagestreams',
    singularName: 'imagestream',
    namespaced: true,
    kind: 'ImageStream',
    verbs: ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'],
    shortNames: ['is'],
    categories: ['all'],
  });
  expect(json.resources).toContainEqual({
    name: 'imagestreams/status',
    singularName: '',
    namespaced: true,
    kind: 'ImageStream',
    verbs: ['get', 'patch', 'update'],
  });
});

test.for([
  { number: 5, version: 'v2', accept: aggregatedAccept },
  { number: 6, version: 'v2beta1', accept: oldAggregatedAccept },
])('$number the aggregated document of $version', async ({ version, accept }) => {
  const { json, headers } = await api.get('/apis', { accept });
  expect(headers['content-type']).toBe(agreed(version));
  expect(json).toMatchObject({
    kind: 'APIGroupDiscoveryList',
    apiVersion: `apidiscovery.k8s.io/${version}`,
  });
  const group = json.items.find(
    ({ metadata }: { metadata: { name: string } }) => metadata.name === 'image.openshift.io',
  );
  expect(group.versions[0]).toMatchObject({ version: 'v1', freshness: 'Current' });
  const streams = group.versions[0].resources.find(
    ({ resource }: { resource: string }) => resource === 'imagestreams',
  );
  const responseKind = { group: 'image.openshift.io', version: 'v1', kind: 'ImageStream' };
  expect(streams).toMatchObject({
    resource: 'imagestreams',
    responseKind,
    scope: 'Namespaced',
    singularResource: 'imagestream',
    shortNames: ['is'],
    categories: ['all'],
    subresources: expect.arrayContaining([
      { subresource: 'status', responseKind, verbs: ['get', 'patch', 'update'] },
    ]),
  });
  const core = await api.get('/api', { accept });
  expect(core.json.items).toHaveLength(1);
  expect(core.json.items[0].metadata).not.toHaveProperty('name');
});

test('7 who knows only v2beta1 never gets v2', async () => {
  for (const path of ['/api', '/apis']) {
    const { headers, json } = await api.get(path, { accept: oldAggregatedAccept });
    expect(headers['content-type']).toBe(agreed('v2beta1'));
    expect(json.apiVersion).toBe('apidiscovery.k8s.io/v2beta1');
  }
  const unknown = await api.get('/apis', {
    accept: `${agreed('v3')},application/json`,
  });
  expect(unknown.json.kind).toBe('APIGroupList');
});

test('8 each version has an entity tag of its own, and 304 for who has it', async () => {
  const [now, old] = await Promise.all(
    [aggregatedAccept, oldAggregatedAccept].map((accept) => api.get('/apis', { accept })),
  );
  expect(now?.headers.etag).not.toBe(old?.headers.etag);
  for (const [accept, answer] of [
    [aggregatedAccept, now],
    [oldAggregatedAccept, old],
  ] as const) {
    const again = await api.get('/apis', { accept, 'if-none-match': answer?.headers.etag ?? '' });
    expect(again).toMatchObject({ status: 304, text: '' });
  }
  const foreign = await api.get('/apis', {
    accept: aggregatedAccept,
    'if-none-match': old?.headers.etag ?? '',
  });
  expect(foreign.status).toBe(200);
});

test('9 what is negotiated varies by Accept', async () => {
  for (const accept of [aggregatedAccept, oldAggregatedAccept, 'application/json'])
    expect((await api.get('/apis', { accept })).headers['vary']).toBe('Accept');
});

test('10 kubectl api-resources shows short names, version, scope and kind', async () => {
  const listed = await api.ok(['api-resources']);
  expect(listed).toMatch(/^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND$/m);
  expect(listed).toMatch(/^imagestreams +is +image\.openshift\.io\/v1 +true +ImageStream$/m);
  expect(listed).toMatch(/^imagestreamtags +istag +image\.openshift\.io\/v1 +true /m);
  expect(listed).toMatch(/^namespaces +ns +v1 +false +Namespace$/m);
  expect(listed).toMatch(/^images +image\.openshift\.io\/v1 +false +Image$/m);
});

test('11 kubectl api-versions names every version', async () => {
  const versions = (await api.ok(['api-versions'])).trim().split('\n');
  expect(versions).toContain('v1');
  expect(versions).toContain('image.openshift.io/v1');
  expect(versions).toContain('project.openshift.io/v1');
});

test('12 oc, which knows only v2beta1, finds the same resources', async () => {
  const [now, old] = await Promise.all(
    [aggregatedAccept, oldAggregatedAccept].map((accept) => api.get('/apis', { accept })),
  );
  expect(old?.json.items).toEqual(now?.json.items);
});

test('13 without the aggregated documents the plain ones say the same', async () => {
  const { json: aggregated } = await api.get('/apis', { accept: aggregatedAccept });
  for (const { metadata, versions } of aggregated.items) {
    const { json } = await api.get(`/apis/${metadata.name}/${versions[0].version}`);
    const plain = json.resources
      .filter(({ name }: { name: string }) => !name.includes('/'))
      .map(({ name, verbs, kind }: { name: string; verbs: string[]; kind: string }) => ({
        resource: name,
        verbs,
        kind,
      }));
    expect(plain).toEqual(
      versions[0].resources.map(
        (each: { resource: string; verbs: string[]; responseKind: { kind: string } }) => ({
          resource: each.resource,
          verbs: each.verbs,
          kind: each.responseKind.kind,
        }),
      ),
    );
  }
  const raw = await api.ok(['get', '--raw', imageGroup]);
  expect(raw).toContain('"imagestreams"');
});

/** How each verb is asked for of a collection, and of one object. */
const methods: Readonly<Record<string, readonly [method: string, named: boolean]>> = {
  create: ['POST', false],
  list: ['GET', false],
  deletecollection: ['DELETE', false],
  get: ['GET', true],
  update: ['PUT', true],
  patch: ['PATCH', true],
  delete: ['DELETE', true],
};

interface Advertised {
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

/** Whether what discovery says of a verb of a resource is what the server does; the failure in words, else undefined. */
async function belied(
  root: string,
  { name, namespaced, verbs }: Advertised,
  verb: string,
): Promise<string | undefined> {
  const [method = '', named] = methods[verb] ?? [];
  const place = namespaced ? `${root}/namespaces/nowhere` : root;
  const path = `${place}/${name}${named === true ? '/no-such-name' : ''}?dryRun=All`;
  const { status, json } = await api.request(method, path, {
    body: method === 'GET' ? undefined : {},
    headers: { 'content-type': 'application/merge-patch+json' },
  });
  // A path under which nothing at all is served is not found; one that is served answers for its objects.
  const unserved =
    status === 405 || json?.message?.includes('could not find the requested') === true;
  return unserved === verbs.includes(verb) ? `${verb} ${path}: ${status}` : undefined;
}

test('14 every advertised verb is served, and no other', async () => {
  const wrong: (string | undefined)[] = [];
  const { json: groups } = await api.get('/apis');
  const roots = groups.groups.map(
    (group: { preferredVersion: { groupVersion: string } }) =>
      `/apis/${group.preferredVersion.groupVersion}`,
  );
  for (const root of ['/api/v1', ...roots]) {
    const { json } = await api.get(root);
    for (const resource of json.resources as Advertised[]) {
      if (resource.name.includes('/')) continue;
      for (const verb of Object.keys(methods)) wrong.push(await belied(root, resource, verb));
    }
  }
  expect(wrong.filter((each) => each !== undefined)).toEqual([]);
});

test('15 kubectl finds a resource by every one of its names', async () => {
  for (const name of [
    'is',
    'imagestream',
    'imagestreams',
    'imagestreams.image.openshift.io',
    'imagestreams.v1.image.openshift.io',
    'istag',
  ])
    expect(await api.kubectl(['get', name])).toMatchObject({
      exitCode: 0,
      stderr: 'No resources found in default namespace.\n',
    });
});

test('16 kubectl version shows what the server calls itself', async () => {
  const { json } = await api.get('/version');
  expect(json).toMatchObject({ major: '1', gitVersion: expect.stringMatching(/^v1\.\d+\.\d+\+/) });
  const shown = JSON.parse(await api.ok(['version', '-o', 'json'])) as {
    serverVersion: { gitVersion: string };
  };
  expect(shown.serverVersion.gitVersion).toBe(json.gitVersion);
});

test('17 health is for everybody, and HEAD of the root answers', async () => {
  for (const path of ['/healthz', '/readyz', '/livez', '/readyz/database'])
    expect(await api.request('GET', path, { token: null })).toMatchObject({
      status: 200,
      text: 'ok',
    });
  expect(await api.request('HEAD', '/', { token: null })).toMatchObject({ status: 200, text: '' });
});

test('18 an unknown path is a Status', async () => {
  for (const path of ['/nowhere', '/apis/no.such/v1/things', '/apis/no.such', '/api/v2'])
    expect((await api.get(path)).json).toMatchObject({
      kind: 'Status',
      code: 404,
      reason: 'NotFound',
      message: 'the server could not find the requested resource',
      details: {},
    });
});

test('19 a trailing slash changes nothing', async () => {
  for (const path of ['/api', '/apis', imageGroup, '/version', '/livez']) {
    const [plain, slashed] = await Promise.all([api.get(path), api.get(`${path}/`)]);
    expect(slashed).toMatchObject({ status: 200, text: plain.text });
  }
});
