import { request as httpRequest } from 'node:http';
import { connect as tlsConnect } from 'node:tls';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Harness, startHarness, widgetsPath } from './support/harness.ts';

let api: Harness;
let broken = false;

beforeAll(async () => {
  api = await startHarness({
    healthChecks: [
      {
        name: 'database',
        kind: 'ready',
        check: () => (broken ? Promise.reject(new Error('away')) : Promise.resolve()),
      },
    ],
    metrics: () => Promise.resolve({ contentType: 'text/plain; version=0.0.4', body: 'up 1\n' }),
    mounts: [
      {
        prefix: '/v2/',
        handle: (_request, response) => {
          response.writeHead(401, { 'www-authenticate': 'Bearer realm="r"' }).end('{}');
        },
      },
    ],
  });
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

describe('discovery', () => {
  test('names versions, groups and resources', async () => {
    expect((await api.request('GET', '/api')).json).toMatchObject({
      kind: 'APIVersions',
      versions: ['v1'],
    });
    expect((await api.request('GET', '/apis')).json).toEqual({
      kind: 'APIGroupList',
      apiVersion: 'v1',
      groups: [
        {
          name: 'example.dev',
          versions: [{ groupVersion: 'example.dev/v1', version: 'v1' }],
          preferredVersion: { groupVersion: 'example.dev/v1', version: 'v1' },
        },
        expect.objectContaining({ name: 'rbac.authorization.k8s.io' }),
      ],
    });
    expect((await api.request('GET', '/apis/example.dev')).json).toMatchObject({
      kind: 'APIGroup',
      name: 'example.dev',
    });
    expect((await api.request('GET', '/apis/example.dev/v1/')).json).toEqual({
      kind: 'APIResourceList',
      apiVersion: 'v1',
      groupVersion: 'example.dev/v1',
      resources: [
        {
          name: 'widgets',
          singularName: 'widget',
          namespaced: true,
          kind: 'Widget',
          verbs: [
            'create',
            'delete',
            'deletecollection',
            'get',
            'list',
            'patch',
            'update',
            'watch',
          ],
          shortNames: ['wd'],
          categories: ['all'],
        },
        {
          name: 'widgets/status',
          singularName: '',
          namespaced: true,
          kind: 'Widget',
          verbs: ['get', 'patch', 'update'],
        },
      ],
    });
  });

  test.for(['v2', 'v2beta1'])('is one document in %s for who asks for that', async (version) => {
    const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList,application/json`;
    const { json, headers } = await api.request('GET', '/apis', { headers: { accept } });
    expect(headers['content-type']).toBe(
      `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`,
    );
    expect(headers['vary']).toBe('Accept');
    expect(json).toMatchObject({
      apiVersion: `apidiscovery.k8s.io/${version}`,
      items: [
        {
          metadata: { name: 'example.dev' },
          versions: [
            {
              version: 'v1',
              freshness: 'Current',
              resources: [
                {
                  resource: 'widgets',
                  responseKind: { group: 'example.dev', version: 'v1', kind: 'Widget' },
                  scope: 'Namespaced',
                  subresources: [{ subresource: 'status' }],
                },
              ],
            },
          ],
        },
        { metadata: { name: 'rbac.authorization.k8s.io' } },
      ],
    });
    const etag = headers.etag ?? '';
    const again = await api.request('GET', '/apis', {
      headers: { accept, 'if-none-match': etag },
    });
    expect(again).toMatchObject({ status: 304, text: '' });
  });

  test('has another entity tag for each version', async () => {
    const etags = await Promise.all(
      ['v2', 'v2beta1'].map(async (version) => {
        const accept = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
        return (await api.request('GET', '/api', { headers: { accept } })).headers.etag;
      }),
    );
    expect(new Set(etags).size).toBe(2);
  });

  test('knows what kubectl asks for', async () => {
    const resources = await api.kubectl(['api-resources']);
    expect(resources.stdout).toMatch(/^widgets +wd +example.dev\/v1 +true +Widget$/m);
    const got = await api.kubectl(['get', 'widgets.example.dev,ns,secrets']);
    expect(got).toMatchObject({ exitCode: 0 });
    const version = await api.kubectl(['version']);
    expect(version.stdout).toMatch(/^Server Version: .*v1\.32\.0\+sluice-test/m);
  });
});

describe('paths beside the resources', () => {
  test.for(['/livez', '/readyz', '/healthz', '/readyz/database', '/livez/'])(
    '%s is open to everybody',
    async (path) => {
      expect(await api.request('GET', path, { token: null })).toMatchObject({
        status: 200,
        text: 'ok',
      });
    },
  );

  test('readiness fails with its checks and says which', async () => {
    broken = true;
    const [ready, live] = await Promise.all([
      api.request('GET', '/readyz'),
      api.request('GET', '/livez'),
    ]);
    broken = false;
    expect(ready.status).toBe(500);
    expect(ready.text).toBe(
      '[+]ping ok\n[-]database failed: reason withheld\nreadyz check failed\n',
    );
    expect(live.status).toBe(200);
  });

  test('the root lists paths and answers HEAD', async () => {
    const { json } = await api.request('GET', '/');
    expect(json.paths).toContain('/apis/example.dev/v1');
    expect((await api.request('HEAD', '/')).status).toBe(200);
  });

  test('metrics are for who may read them', async () => {
    expect((await api.request('GET', '/metrics')).text).toBe('up 1\n');
    const bob = await api.request('GET', '/metrics', { token: api.bobToken });
    expect(bob.json).toMatchObject({
      code: 403,
      message: 'forbidden: User "bob" cannot get path "/metrics"',
      details: {},
    });
  });

  test('a mount answers for itself, without our authentication', async () => {
    const answer = await api.request('GET', '/v2/', { token: 'unknown' });
    expect(answer).toMatchObject({ status: 401, text: '{}' });
    expect((await api.request('GET', '/v2', { token: null })).status).toBe(401);
  });
});

describe('who may what', () => {
  test('an unknown token is 401', async () => {
    const { status, json, headers } = await api.request('GET', widgetsPath, { token: 'wrong' });
    expect(status).toBe(401);
    expect(headers['www-authenticate']).toBeTruthy();
    expect(json).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: 'Unauthorized',
      reason: 'Unauthorized',
      code: 401,
    });
  });

  test.for([
    {
      method: 'GET',
      path: `${widgetsPath}/app`,
      message:
        'widgets.example.dev "app" is forbidden: User "bob" cannot get resource "widgets" in API group "example.dev" in the namespace "test"',
    },
    {
      method: 'GET',
      path: '/apis/example.dev/v1/widgets',
      message:
        'widgets.example.dev is forbidden: User "bob" cannot list resource "widgets" in API group "example.dev" at the cluster scope',
    },
    {
      method: 'PUT',
      path: `${widgetsPath}/app/status`,
      message:
        'widgets.example.dev "app" is forbidden: User "bob" cannot update resource "widgets/status" in API group "example.dev" in the namespace "test"',
    },
    {
      method: 'GET',
      path: '/api/v1/namespaces/test',
      message:
        'namespaces "test" is forbidden: User "bob" cannot get resource "namespaces" in API group "" at the cluster scope',
    },
  ])('$method $path is forbidden to somebody without rights', async ({ method, path, message }) => {
    const { json } = await api.request(method, path, { token: api.bobToken });
    expect(json).toMatchObject({ code: 403, reason: 'Forbidden', message });
  });

  test('somebody without a token is system:anonymous', async () => {
    const { json } = await api.request('GET', widgetsPath, { token: null });
    expect(json.message).toContain('User "system:anonymous" cannot list resource "widgets"');
  });

  test('every user may discover', async () => {
    for (const path of ['/api', '/apis', '/apis/example.dev/v1'])
      expect((await api.request('GET', path, { token: api.bobToken })).status).toBe(200);
    expect((await api.request('GET', '/apis', { token: null })).status).toBe(403);
  });

  test('only who may act as somebody else does', async () => {
    const admin = await api.kubectl(['get', 'wd', '--as', 'carol']);
    expect(admin.stderr).toContain('User "carol" cannot list resource "widgets"');
    const bob = await api.kubectl(['get', 'wd', '--as', 'carol', '--token', api.bobToken]);
    expect(bob.stderr).toContain('User "bob" cannot impersonate resource "users"');
  });

  test('kubectl shows what went wrong', async () => {
    const bad = await api.kubectl(['get', 'wd', '--token', 'wrong']);
    expect(bad.stderr).toContain('You must be logged in to the server');
    const bob = await api.kubectl(['get', 'wd', '--token', api.bobToken]);
    expect(bob.stderr).toContain(
      'Error from server (Forbidden): widgets.example.dev is forbidden: User "bob" cannot list resource "widgets"',
    );
  });
});

describe('the socket', () => {
  test('speaks no plain HTTP', async () => {
    const { port } = new URL(api.url);
    const failed = await new Promise<boolean>((resolve) => {
      httpRequest({ host: '127.0.0.1', port })
        .once('error', () => {
          resolve(true);
        })
        .once('response', () => {
          resolve(false);
        })
        .end();
    });
    expect(failed).toBe(true);
  });

  test('answers a malformed request with a Status', async () => {
    const { port } = new URL(api.url);
    const text = await new Promise<string>((resolve, reject) => {
      const socket = tlsConnect({ host: '127.0.0.1', port: Number(port), ca: api.ca }, () => {
        socket.write('NOT HTTP\r\n\r\n');
      });
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      socket.once('end', () => {
        resolve(received);
      });
      socket.once('error', reject);
    });
    expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect(text).toContain('"kind":"Status"');
  });

  test('is closed to no one who is answered: watches end when the server stops', async () => {
    const own = await startHarness();
    const watch = await own.watch(`${widgetsPath}?watch=true`);
    await own[Symbol.asyncDispose]();
    await watch.ended;
    expect(watch.events).toEqual([]);
  });
});
