import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startTestApi, type ApiAnswer, type TestApi } from '../support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({ rbac: true, namespaces: ['demo', 'other'] });
  for (const [role, user] of [
    ['admin', 'owner'],
    ['view', 'viewer'],
  ])
    await api.post('/apis/rbac.authorization.k8s.io/v1/namespaces/demo/rolebindings', {
      metadata: { name: role },
      roleRef: { kind: 'ClusterRole', name: role },
      subjects: [
        { kind: 'User', name: user },
        { kind: 'Group', name: `${user}s` },
      ],
    });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

function as(user: string, path: string, body: unknown): Promise<ApiAnswer> {
  return api.send({ method: 'POST', path, body, headers: { authorization: `Bearer ${user}` } });
}

const kubernetes = '/apis/authorization.k8s.io/v1';
const openshift = '/apis/authorization.openshift.io/v1';
const layers = {
  namespace: 'demo',
  verb: 'get',
  group: 'image.openshift.io',
  resource: 'imagestreams',
  subresource: 'layers',
  name: 'app',
};
const allowedByView =
  'RBAC: allowed by RoleBinding "view/demo" of ClusterRole "view" to User "viewer"';

describe('reviews of Kubernetes', () => {
  test('of oneself say what one may do', async () => {
    const path = `${kubernetes}/selfsubjectaccessreviews`;
    const may = await as('viewer', path, { spec: { resourceAttributes: layers } });
    expect(may.status).toBe(201);
    expect(may.body.status).toEqual({ allowed: true, reason: allowedByView });
    const mayNot = await as('viewer', path, {
      spec: { resourceAttributes: { ...layers, verb: 'update' } },
    });
    expect(mayNot.body.status).toEqual({ allowed: false });
    const paths = await as('viewer', path, {
      spec: { nonResourceAttributes: { path: '/apis/x', verb: 'get' } },
    });
    expect(paths.body.status.allowed).toBe(true);
  });

  test('of others need the permission to ask', async () => {
    const body = { spec: { user: 'viewer', resourceAttributes: layers } };
    expect((await as('owner', `${kubernetes}/subjectaccessreviews`, body)).status).toBe(403);
    const all = await api.post(`${kubernetes}/subjectaccessreviews`, body);
    expect(all.body.status).toEqual({ allowed: true, reason: allowedByView });
    const local = `${kubernetes}/namespaces/demo/localsubjectaccessreviews`;
    expect((await as('viewer', local, body)).status).toBe(403);
    expect((await as('owner', local, body)).body.status.allowed).toBe(true);
    const elsewhere = {
      spec: { user: 'x', resourceAttributes: { ...layers, namespace: 'other' } },
    };
    expect((await as('owner', local, elsewhere)).status).toBe(400);
  });

  test('of groups alone', async () => {
    const { body } = await api.post(`${kubernetes}/subjectaccessreviews`, {
      spec: { groups: ['viewers'], resourceAttributes: layers },
    });
    expect(body.status.allowed).toBe(true);
  });

  test('list all rules of a namespace', async () => {
    const path = `${kubernetes}/selfsubjectrulesreviews`;
    const { status, body } = await as('viewer', path, { spec: { namespace: 'demo' } });
    expect(status).toBe(201);
    expect(body.status.incomplete).toBe(false);
    expect(body.status.resourceRules).toContainEqual({
      verbs: ['get'],
      apiGroups: ['image.openshift.io'],
      resources: ['imagestreams/layers'],
    });
    expect(body.status.nonResourceRules).toContainEqual({
      verbs: ['get'],
      nonResourceURLs: ['/healthz', '/livez', '/readyz', '/version', '/version/'],
    });
    const elsewhere = await as('viewer', path, { spec: { namespace: 'other' } });
    expect(JSON.stringify(elsewhere.body.status)).not.toContain('imagestreams');
    const all = await api.post(path, { spec: { namespace: 'demo' } });
    expect(all.body.status.resourceRules[0]).toEqual({
      verbs: ['*'],
      apiGroups: ['*'],
      resources: ['*'],
    });
    expect((await as('viewer', path, { spec: {} })).body.message).toBe('no namespace on request');
  });

  test('say that a list of rules has holes where a role is missing', async () => {
    await api.post('/apis/rbac.authorization.k8s.io/v1/namespaces/other/rolebindings', {
      metadata: { name: 'hole' },
      roleRef: { kind: 'Role', name: 'no-such' },
      subjects: [{ kind: 'User', name: 'lost' }],
    });
    const { body } = await as('lost', `${kubernetes}/selfsubjectrulesreviews`, {
      spec: { namespace: 'other' },
    });
    expect(body.status).toMatchObject({
      incomplete: true,
      evaluationError: 'role.rbac.authorization.k8s.io "no-such" not found',
    });
  });
});

describe('reviews of OpenShift', () => {
  const action = {
    namespace: 'demo',
    verb: 'get',
    resourceAPIGroup: 'image.openshift.io',
    resource: 'imagestreams/layers',
    resourceName: 'app',
  };

  test('of oneself are for everybody', async () => {
    const { status, body } = await as('viewer', `${openshift}/subjectaccessreviews`, action);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: 'SubjectAccessReviewResponse',
      apiVersion: 'authorization.openshift.io/v1',
      namespace: 'demo',
      allowed: true,
    });
    const stranger = await as('stranger', `${openshift}/subjectaccessreviews`, action);
    expect(stranger.body.allowed).toBe(false);
  });

  test('of others need the permission to ask', async () => {
    const body = { ...action, user: 'viewer' };
    const cluster = await as('owner', `${openshift}/subjectaccessreviews`, body);
    expect(cluster.body.message).toBe(
      'subjectaccessreviews.authorization.k8s.io is forbidden: User "owner" cannot create resource "subjectaccessreviews" in API group "authorization.k8s.io" at the cluster scope',
    );
    const local = `${openshift}/namespaces/demo/localsubjectaccessreviews`;
    expect((await as('owner', local, body)).body.allowed).toBe(true);
    expect((await as('viewer', local, { ...body, user: 'owner' })).status).toBe(403);
  });

  test('tell who may do something', async () => {
    const local = `${openshift}/namespaces/demo/localresourceaccessreviews`;
    const update = { ...action, verb: 'update' };
    const { status, body } = await as('owner', local, update);
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: 'ResourceAccessReviewResponse',
      namespace: 'demo',
      users: ['owner', 'system:admin'],
      groups: ['owners', 'system:cluster-admins', 'system:masters'],
    });
    expect((await as('viewer', local, update)).status).toBe(403);
    expect((await as('owner', `${openshift}/resourceaccessreviews`, update)).status).toBe(403);
    const all = await api.post(`${openshift}/resourceaccessreviews`, {
      ...update,
      namespace: '',
    });
    expect(all.body.users).toEqual(['system:admin']);
  });

  test('list the rules of a namespace', async () => {
    const { status, body } = await as(
      'viewer',
      `${openshift}/namespaces/demo/selfsubjectrulesreviews`,
      { kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.openshift.io/v1', spec: {} },
    );
    expect(status).toBe(201);
    expect(body.status.rules).toContainEqual({
      verbs: ['get'],
      attributeRestrictions: null,
      apiGroups: ['image.openshift.io'],
      resources: ['imagestreams/layers'],
    });
  });
});
