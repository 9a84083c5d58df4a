import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { kubectlHas } from '#test/support/services/kubectl.ts';

import { type Answer, type Harness, startHarness } from './support/harness.ts';

let api: Harness;

beforeAll(async () => {
  api = await startHarness();
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function post(path: string, body: string): Promise<Answer> {
  return api.request('POST', path, {
    body: Buffer.from(body, 'hex'),
    headers: { 'content-type': 'application/vnd.kubernetes.protobuf' },
  });
}

describe('what kubectl sends as protobuf', () => {
  /** Recorded of kubectl 1.32, and sent for older ones, which say the same in JSON. */
  interface Sent {
    readonly command: string;
    readonly path: string;
    /** Hexadecimal digits. */
    readonly body: string;
    readonly expected: object;
  }

  test.for<Sent>([
    {
      command: 'quota small --hard=pods=2,requests.cpu=500m --scopes=BestEffort',
      path: '/api/v1/namespaces/test/resourcequotas/small',
      body: '6b3873000a130a027631120d5265736f7572636551756f7461124c0a150a05736d616c6c12001a0022002a0032003800420012310a0b0a04706f647312030a01320a160a0c72657175657374732e63707512060a043530306d120a426573744566666f72741a001a002200',
      expected: { spec: { hard: { pods: '2', 'requests.cpu': '500m' }, scopes: ['BestEffort'] } },
    },
    {
      command: 'role reader --verb=get,list --resource=pods --resource-name=x',
      path: '/apis/rbac.authorization.k8s.io/v1/namespaces/test/roles/reader',
      body: '6b3873000a240a1c726261632e617574686f72697a6174696f6e2e6b38732e696f2f76311204526f6c6512360a160a0672656164657212001a0022002a00320038004200121c0a036765740a046c69737412001a0a636f6e6669676d6170732201781a002200',
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
      body: '6b3873000a2b0a1c726261632e617574686f72697a6174696f6e2e6b38732e696f2f7631120b526f6c6542696e64696e67128c010a140a0462696e6412001a0022002a0032003800420012280a04557365721219726261632e617574686f72697a6174696f6e2e6b38732e696f1a03626f622200121f0a0e536572766963654163636f756e7412001a05726f626f742204746573741a290a19726261632e617574686f72697a6174696f6e2e6b38732e696f1204526f6c651a067265616465721a002200',
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
      body: '6b3873000a2b0a1c726261632e617574686f72697a6174696f6e2e6b38732e696f2f7631120b436c7573746572526f6c6512210a130a0361676712001a0022002a003200380042001a0a0a080a060a01611201621a002200',
      expected: { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } },
    },
  ])('create $command', async ({ command, path, body, expected }) => {
    const args = command.replace('--resource=pods', '--resource=configmaps').split(' ');
    const created = (await kubectlHas('protobuf'))
      ? (await api.kubectl(['create', ...args])).exitCode === 0
      : (await post(path.slice(0, path.lastIndexOf('/')), body)).status === 201;
    expect(created).toBe(true);
    const { json } = await api.request('GET', path);
    expect(json).toMatchObject(expected);
    for (const absent of ['immutable', 'status']) expect(json).not.toHaveProperty(absent);
    expect(json.metadata).not.toHaveProperty('deletionGracePeriodSeconds');
    expect(json.metadata.creationTimestamp).not.toContain('1970');
  });

  test('is refused with 415 for kinds that are only JSON', async () => {
    const { json } = await post(
      '/api/v1/namespaces/test/secrets',
      '6b3873000a0c0a0276311206476164676574',
    );
    expect(json.code).toBe(415);
  });
});
