import { afterAll, beforeAll, expect, test } from 'vitest';

import { startTestApi, type ApiAnswer, type TestApi } from '../support/api.ts';

let api: TestApi;
/** Requests that got past the API. */
const asked: string[] = [];

beforeAll(async () => {
  api = await startTestApi({
    rbac: true,
    namespaces: ['demo'],
    allowedRegistries: [{ domainName: 'allowed.example', insecure: false }],
    importQueue: {
      enqueueRequest: async (id) => {
        asked.push(id);
      },
    },
  });
  const rbac = '/apis/rbac.authorization.k8s.io/v1';
  await api.post(`${rbac}/clusterroles`, {
    metadata: { name: 'image-maker' },
    rules: [{ verbs: ['create'], apiGroups: ['image.openshift.io'], resources: ['images'] }],
  });
  const give = (place: string, role: string, users: readonly string[]): Promise<ApiAnswer> =>
    api.post(`${rbac}/${place}`, {
      metadata: { name: role },
      roleRef: { kind: 'ClusterRole', name: role },
      subjects: users.map((name) => ({ kind: 'User', name })),
    });
  await give('namespaces/demo/rolebindings', 'edit', ['editor', 'maker']);
  await give('clusterrolebindings', 'image-maker', ['maker']);
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** The answer, or that there was none because a worker would have to give it. */
async function importAs(user: string, image: string): Promise<ApiAnswer | 'asked'> {
  const before = asked.length;
  const answer = api.send({
    method: 'POST',
    path: '/apis/image.openshift.io/v1/namespaces/demo/imagestreamimports',
    headers: { authorization: `Bearer ${user}` },
    body: {
      metadata: { name: 'app' },
      spec: { import: false, images: [{ from: { kind: 'DockerImage', name: image } }] },
    },
    cutAfterMs: 1_000,
  });
  try {
    return await answer;
  } catch (error) {
    if (asked.length === before) throw error;
    return 'asked';
  }
}

test('an editor imports from the registries of the list only', async () => {
  expect(await importAs('editor', 'allowed.example/app:1')).toBe('asked');
  const refused = await importAs('editor', 'other.example/app:1');
  expect(refused).toMatchObject({ status: 422 });
});

test('who may create images imports from any', async () => {
  expect(await importAs('maker', 'other.example/app:1')).toBe('asked');
});
