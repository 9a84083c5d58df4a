import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { type Harness, startHarness } from './support/harness.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

describe('what kubectl sends as protobuf', () => {
  test.for<{ command: string; path: string; expected: object }>([
    {
      command: 'quota small --hard=pods=2,requests.cpu=500m --scopes=BestEffort',
      path: '/api/v1/namespaces/test/resourcequotas/small',
      expected: { spec: { hard: { pods: '2', 'requests.cpu': '500m' }, scopes: ['BestEffort'] } },
    },
    {
      command: 'role reader --verb=get,list --resource=pods --resource-name=x',
      path: '/apis/rbac.authorization.k8s.io/v1/namespaces/test/roles/reader',
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
      command: 'rolebinding bind --role=reader --user=bob --serviceaccount=test:robot',
      path: '/apis/rbac.authorization.k8s.io/v1/namespaces/test/rolebindings/bind',
      expected: {
        roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
        subjects: [
          { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'bob' },
          { kind: 'ServiceAccount', name: 'robot', namespace: 'test' },
        ],
      },
    },
    {
      command: 'clusterrole agg --aggregation-rule=a=b',
      path: '/apis/rbac.authorization.k8s.io/v1/clusterroles/agg',
      expected: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } },
    },
  ])('create $command', async ({ command, path, expected }) => {
    const args = command.replace('--resource=pods', '--resource=configmaps').split(' ');
    const created = await api.kubectl(['create', ...args]);
    expect(created).toMatchObject({ exitCode: 0 });
    const { json } = await api.request('GET', path);
    expect(json).toMatchObject(expected);
    for (const absent of ['immutable', 'status']) expect(json).not.toHaveProperty(absent);
    expect(json.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
    expect(json.metadata.creationTimestamp).not.toContain('1970');
  });

  test('is refused with 415 for kinds that are only JSON', async () => {
    const body = Buffer.from('6b3873000a0c0a0276311206476164676574', 'hex');
    const { json } = await api.request('POST', '/api/v1/namespaces/test/secrets', {
      body,
      headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
    });
    expect(json.code).toBe(415);
  });
});
