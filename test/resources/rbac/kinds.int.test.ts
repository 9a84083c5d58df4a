import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startTestApi, type ApiAnswer, type TestApi } from '../support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ rbac: true, namespaces: ['demo', 'other'] });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const inDemo = `${rbac}/namespaces/demo`;

function as(user: string, method: string, path: string, body?: unknown): Promise<ApiAnswer> {
  return api.send({
    method,
    path,
    headers: { authorization: `Bearer ${user}` },
    ...(body === undefined ? {} : { body }),
  });
}

function role(name: string, rules: unknown): unknown {
  return { kind: 'Role', apiVersion: 'rbac.authorization.k8s.io/v1', metadata: { name }, rules };
}

function binding(name: string, given: string, users: string[], kind = 'ClusterRole'): unknown {
  return {
    metadata: { name },
    roleRef: { kind, name: given },
    subjects: users.map((user) => ({ kind: 'User', name: user })),
  };
}

describe('roles and bindings', () => {
  test('what is given can be used with the next request, and not after it is taken away', async () => {
    for (let round = 0; round < 20; round += 1) {
      const user = `fast-${round}`;
      const secrets = '/api/v1/namespaces/demo/secrets';
      expect((await as(user, 'GET', secrets)).status).toBe(403);
      await api.post(`${inDemo}/rolebindings`, binding(user, 'edit', [user]));
      expect((await as(user, 'GET', secrets)).status).toBe(200);
      await api.put(`${inDemo}/rolebindings/${user}`, binding(user, 'edit', ['nobody']));
      expect((await as(user, 'GET', secrets)).status).toBe(403);
      await api.put(`${inDemo}/rolebindings/${user}`, binding(user, 'edit', [user]));
      expect((await as(user, 'GET', secrets)).status).toBe(200);
      await api.delete(`${inDemo}/rolebindings/${user}`);
      expect((await as(user, 'GET', secrets)).status).toBe(403);
    }
  });

  test('groups of roles and subjects need not be said', async () => {
    const { status, body } = await api.post(`${inDemo}/rolebindings`, {
      metadata: { name: 'defaulted' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', name: 'a' },
        { kind: 'Group', name: 'b' },
        { kind: 'ServiceAccount', name: 'c' },
      ],
    });
    expect(status).toBe(201);
    expect(body.roleRef).toEqual({
      apiGroup: 'rbac.authorization.k8s.io',
      kind: 'ClusterRole',
      name: 'view',
    });
    expect(body.subjects).toEqual([
      { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'a' },
      { kind: 'Group', apiGroup: 'rbac.authorization.k8s.io', name: 'b' },
      { kind: 'ServiceAccount', name: 'c' },
    ]);
  });

  test('a role reference cannot change', async () => {
    await api.post(`${inDemo}/rolebindings`, binding('fixed', 'view', ['a']));
    const { status, body } = await api.put(
      `${inDemo}/rolebindings/fixed`,
      binding('fixed', 'edit', ['a']),
    );
    expect(status).toBe(422);
    expect(body.message).toBe(
      'RoleBinding.rbac.authorization.k8s.io "fixed" is invalid: roleRef: Invalid value: rbac.RoleRef{APIGroup:"rbac.authorization.k8s.io", Kind:"ClusterRole", Name:"edit"}: cannot change roleRef',
    );
  });

  const refused: { name: string; path: string; body: unknown; message: string }[] = [
    {
      name: 'a rule without verbs, groups and resources',
      path: `${inDemo}/roles`,
      body: role('bad', [{ verbs: [] }]),
      message:
        'Role.rbac.authorization.k8s.io "bad" is invalid: [rules[0].verbs: Required value: verbs must contain at least one value, rules[0].apiGroups: Required value: resource rules must supply at least one api group, rules[0].resources: Required value: resource rules must supply at least one resource]',
    },
    {
      name: 'paths in a namespace',
      path: `${inDemo}/roles`,
      body: role('bad', [{ verbs: ['get'], nonResourceURLs: ['/x'] }]),
      message:
        'Role.rbac.authorization.k8s.io "bad" is invalid: rules[0].nonResourceURLs: Invalid value: []string{"/x"}: namespaced rules cannot apply to non-resource URLs',
    },
    {
      name: 'paths together with resources',
      path: `${rbac}/clusterroles`,
      body: {
        metadata: { name: 'bad' },
        rules: [{ verbs: ['get'], nonResourceURLs: ['/x'], apiGroups: [''], resources: ['x'] }],
      },
      message:
        'ClusterRole.rbac.authorization.k8s.io "bad" is invalid: rules[0].nonResourceURLs: Invalid value: []string{"/x"}: rules cannot apply to both regular resources and non-resource URLs',
    },
    {
      name: 'an aggregation of nothing',
      path: `${rbac}/clusterroles`,
      body: { metadata: { name: 'bad' }, aggregationRule: {} },
      message:
        'ClusterRole.rbac.authorization.k8s.io "bad" is invalid: aggregationRule.clusterRoleSelectors: Required value: at least one clusterRoleSelector required if aggregationRule is non-nil',
    },
    {
      name: 'a cluster binding of a role',
      path: `${rbac}/clusterrolebindings`,
      body: binding('bad', 'view', ['a'], 'Role'),
      message:
        'ClusterRoleBinding.rbac.authorization.k8s.io "bad" is invalid: roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole"',
    },
    {
      name: 'subjects that are nobody',
      path: `${inDemo}/rolebindings`,
      body: {
        metadata: { name: 'bad' },
        roleRef: { kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'Robot', name: 'r' }, { kind: 'User' }],
      },
      message:
        'RoleBinding.rbac.authorization.k8s.io "bad" is invalid: [subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group", subjects[1].name: Required value]',
    },
    {
      name: 'a service account of no namespace in the cluster',
      path: `${rbac}/clusterrolebindings`,
      body: {
        metadata: { name: 'bad' },
        roleRef: { kind: 'ClusterRole', name: 'view' },
        subjects: [{ kind: 'ServiceAccount', name: 'ci' }],
      },
      message:
        'ClusterRoleBinding.rbac.authorization.k8s.io "bad" is invalid: subjects[0].namespace: Required value',
    },
  ];
  test.for(refused)('refused: $name', async ({ path, body, message }) => {
    const answer = await api.post(path, body);
    expect({ status: answer.status, message: answer.body.message }).toEqual({
      status: 422,
      message,
    });
  });

  test('tables name roles and whom they are given to', async () => {
    await api.post(`${inDemo}/rolebindings`, {
      metadata: { name: 'table' },
      roleRef: { kind: 'ClusterRole', name: 'view' },
      subjects: [
        { kind: 'User', name: 'a' },
        { kind: 'User', name: 'b' },
        { kind: 'ServiceAccount', name: 'c', namespace: 'demo' },
      ],
    });
    const { body } = await api.send({
      method: 'GET',
      path: `${inDemo}/rolebindings/table`,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(body.columnDefinitions.map((each: { name: string }) => each.name)).toEqual([
      'Name',
      'Role',
      'Age',
      'Users',
      'Groups',
      'ServiceAccounts',
    ]);
    const { cells } = body.rows[0];
    expect([cells[0], cells[1], ...cells.slice(3)]).toEqual([
      'table',
      'ClusterRole/view',
      'a, b',
      '',
      'demo/c',
    ]);
  });
});

describe('nobody gives what they do not have', () => {
  beforeAll(async () => {
    await api.post(`${inDemo}/rolebindings`, binding('owner', 'admin', ['owner']));
    await api.post(`${rbac}/clusterroles`, {
      metadata: { name: 'role-writer' },
      rules: [
        {
          verbs: ['create', 'update', 'patch', 'get'],
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['roles', 'rolebindings', 'clusterroles', 'clusterrolebindings'],
        },
      ],
    });
    await api.post(`${rbac}/clusterrolebindings`, binding('writers', 'role-writer', ['writer']));
  });

  test('an administrator of a project gives what it may do itself', async () => {
    const given = await as(
      'owner',
      'POST',
      `${inDemo}/rolebindings`,
      binding('pullers', 'system:image-puller', ['friend']),
    );
    expect(given.status).toBe(201);
    const own = await as(
      'owner',
      'POST',
      `${inDemo}/roles`,
      role('reader', [{ verbs: ['get'], apiGroups: [''], resources: ['secrets'] }]),
    );
    expect(own.status).toBe(201);
  });

  test('and not more, by a binding or by a role', async () => {
    const bound = await as(
      'owner',
      'POST',
      `${inDemo}/rolebindings`,
      binding('root', 'cluster-admin', ['owner']),
    );
    expect(bound.status).toBe(403);
    expect(bound.body.message).toBe(
      'rolebindings.rbac.authorization.k8s.io "root" is forbidden: user "owner" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["*"], Resources:["*"], Verbs:["*"]}\n{NonResourceURLs:["*"], Verbs:["*"]}',
    );
    const made = await as(
      'owner',
      'POST',
      `${inDemo}/roles`,
      role('images', [
        { verbs: ['get', 'list'], apiGroups: ['image.openshift.io'], resources: ['images'] },
      ]),
    );
    expect(made.status).toBe(403);
    expect(made.body.message).toBe(
      'roles.rbac.authorization.k8s.io "images" is forbidden: user "owner" (groups=["system:authenticated"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:["image.openshift.io"], Resources:["images"], Verbs:["get" "list"]}',
    );
  });

  test('changing a role is giving too, changing its finalizers is not', async () => {
    await api.post(
      `${inDemo}/roles`,
      role('grown', [{ verbs: ['get'], apiGroups: [''], resources: ['nodes'] }]),
    );
    const patch = (body: unknown): Promise<ApiAnswer> =>
      api.send({
        method: 'PATCH',
        path: `${inDemo}/roles/grown`,
        body,
        headers: {
          authorization: 'Bearer owner',
          'content-type': 'application/merge-patch+json',
        },
      });
    expect((await patch({ metadata: { finalizers: ['example.dev/x'] } })).status).toBe(200);
    expect((await patch({ metadata: { finalizers: null } })).status).toBe(200);
    expect((await patch({ metadata: { labels: { a: 'b' } } })).status).toBe(403);
  });

  test('who may escalate writes any rule, who may bind gives any role', async () => {
    const rule = { verbs: ['get'], apiGroups: [''], resources: ['nodes'] };
    const path = `${rbac}/clusterroles`;
    expect(
      (await as('writer', 'POST', path, { metadata: { name: 'n' }, rules: [rule] })).status,
    ).toBe(403);
    await api.post(`${rbac}/clusterroles`, {
      metadata: { name: 'escalator' },
      rules: [
        {
          verbs: ['escalate', 'bind'],
          apiGroups: ['rbac.authorization.k8s.io'],
          resources: ['clusterroles'],
          resourceNames: ['n'],
        },
      ],
    });
    await api.post(`${rbac}/clusterrolebindings`, binding('escalators', 'escalator', ['writer']));
    expect(
      (await as('writer', 'POST', path, { metadata: { name: 'n' }, rules: [rule] })).status,
    ).toBe(201);
    const bindings = `${rbac}/clusterrolebindings`;
    expect((await as('writer', 'POST', bindings, binding('n', 'n', ['writer']))).status).toBe(201);
    const other = await as('writer', 'POST', bindings, binding('v', 'view', ['writer']));
    expect(other.status).toBe(403);
  });

  test('only who may do everything makes a role of others', async () => {
    const { status, body } = await as('writer', 'POST', `${rbac}/clusterroles`, {
      metadata: { name: 'made' },
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] },
    });
    expect(status).toBe(403);
    expect(body.message).toBe(
      'clusterroles.rbac.authorization.k8s.io "made" is forbidden: must have cluster-admin privileges to use the aggregationRule',
    );
  });

  test('a role that does not exist cannot be given, except by who may bind it', async () => {
    const path = `${inDemo}/rolebindings`;
    const { status, body } = await as(
      'owner',
      'POST',
      path,
      binding('g', 'gone', ['owner'], 'Role'),
    );
    expect({ status, message: body.message }).toEqual({
      status: 404,
      message: 'role.rbac.authorization.k8s.io "gone" not found',
    });
    expect((await api.post(path, binding('gone', 'gone', ['lost'], 'Role'))).status).toBe(201);
    const refused = await as('lost', 'GET', '/api/v1/namespaces/demo/secrets');
    expect(refused.body.message).toBe(
      'secrets is forbidden: User "lost" cannot list resource "secrets" in API group "" in the namespace "demo": RBAC: role.rbac.authorization.k8s.io "gone" not found',
    );
  });
});

describe('rules for names', () => {
  beforeAll(async () => {
    await api.post(
      `${inDemo}/roles`,
      role('one', [
        {
          verbs: ['get', 'list', 'watch', 'update', 'patch'],
          apiGroups: [''],
          resources: ['configmaps'],
          resourceNames: ['one'],
        },
      ]),
    );
    await api.post(`${inDemo}/rolebindings`, binding('one', 'one', ['narrow'], 'Role'));
    for (const name of ['one', 'two'])
      await api.post('/api/v1/namespaces/demo/configmaps', { metadata: { name } });
  });

  const maps = '/api/v1/namespaces/demo/configmaps';

  test('are about that name only', async () => {
    expect((await as('narrow', 'GET', `${maps}/one`)).status).toBe(200);
    expect((await as('narrow', 'GET', `${maps}/two`)).status).toBe(403);
    expect((await as('narrow', 'GET', `${maps}/no-such`)).status).toBe(403);
    expect((await as('narrow', 'GET', maps)).status).toBe(403);
  });

  test('allow a list and a watch that are about that name', async () => {
    const list = await as('narrow', 'GET', `${maps}?fieldSelector=metadata.name%3Done`);
    expect(
      list.body.items.map((each: { metadata: { name: string } }) => each.metadata.name),
    ).toEqual(['one']);
    expect((await as('narrow', 'GET', `${maps}?fieldSelector=metadata.name%3Dtwo`)).status).toBe(
      403,
    );
    const watch = await as('narrow', 'GET', `${maps}/one?watch=true&timeoutSeconds=1`);
    expect(watch.status).toBe(200);
    expect(watch.text).toContain('"name":"one"');
    expect(watch.text).not.toContain('"name":"two"');
    expect((await as('narrow', 'GET', `${maps}/two?watch=true&timeoutSeconds=1`)).status).toBe(403);
  });

  test('do not let an update or a patch make what is not there', async () => {
    await api.delete(`${maps}/one`);
    const apply = await api.send({
      method: 'PATCH',
      path: `${maps}/one?fieldManager=x`,
      headers: {
        authorization: 'Bearer narrow',
        'content-type': 'application/apply-patch+yaml',
      },
      body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'one' } },
    });
    expect(apply.status).toBe(403);
    expect(apply.body.message).toBe(
      'configmaps "one" is forbidden: User "narrow" cannot create resource "configmaps" in API group "" in the namespace "demo"',
    );
  });
});
