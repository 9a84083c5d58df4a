import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startTestApi, type TestApi } from './support/api.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi({
    namespaces: ['visible', 'hidden'],
    authorize: ({ resource, namespace, verb, group }) => ({
      allow:
        resource === 'projects' ||
        group === 'authorization.k8s.io' ||
        group === 'authentication.k8s.io' ||
        group === 'user.openshift.io' ||
        (verb === 'get' && namespace === 'visible'),
      reason: 'no rule',
    }),
  });
});

afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

const asDev = { authorization: 'Bearer dev' };
const projects = '/apis/project.openshift.io/v1/projects';
const requests = '/apis/project.openshift.io/v1/projectrequests';

describe('projects', () => {
  test('the list holds the namespaces that the user may get', async () => {
    const own = await api.send({ method: 'GET', path: projects, headers: asDev });
    expect(own.body.kind).toBe('ProjectList');
    expect(
      own.body.items.map((each: { metadata: { name: string } }) => each.metadata.name),
    ).toEqual(['visible']);
    const all = await api.get(projects);
    expect(all.body.items.length).toBeGreaterThan(2);
  });

  test('GET of the requests answers Success and no list', async () => {
    const answer = await api.get(requests);
    expect(answer.body).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Success',
    });
  });

  test('a request makes a namespace that knows who asked', async () => {
    const answer = await api.post(requests, {
      metadata: { name: 'shop' },
      displayName: 'The shop',
      description: 'Sells',
    });
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject({
      kind: 'Project',
      apiVersion: 'project.openshift.io/v1',
      status: { phase: 'Active' },
    });
    const namespace = await api.get('/api/v1/namespaces/shop');
    expect(namespace.body.metadata.annotations).toEqual({
      'openshift.io/display-name': 'The shop',
      'openshift.io/description': 'Sells',
      'openshift.io/requester': 'admin',
    });
    const again = await api.post(requests, { metadata: { name: 'shop' } });
    expect(again.body.message).toBe('projects.project.openshift.io "shop" already exists');
  });

  test('a deleted project is a terminating namespace', async () => {
    await api.post(requests, { metadata: { name: 'short' } });
    expect((await api.delete(`${projects}/short`)).body.status).toBe('Success');
    expect((await api.get(`${projects}/short`)).body.status.phase).toBe('Terminating');
    const missing = await api.get(`${projects}/nosuch`);
    expect(missing.body.message).toBe('projects.project.openshift.io "nosuch" not found');
  });

  test('a table shows the name for people', async () => {
    const answer = await api.send({
      method: 'GET',
      path: `${projects}/shop`,
      headers: { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' },
    });
    expect(answer.body.rows[0].cells).toEqual(['shop', 'The shop', 'Active']);
  });
});

describe('who am I, and what may I do', () => {
  test('users/~ is whoever asks', async () => {
    const path = '/apis/user.openshift.io/v1/users/~';
    const answer = await api.send({ method: 'GET', path, headers: asDev });
    expect(answer.body).toMatchObject({ kind: 'User', metadata: { name: 'dev' } });
  });

  test('a SelfSubjectReview says the same', async () => {
    const answer = await api.post('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(answer.status).toBe(201);
    expect(answer.body.status.userInfo.username).toBe('admin');
  });

  test.for([
    { name: 'allowed', verb: 'get', namespace: 'visible', allowed: true, reason: undefined },
    { name: 'refused', verb: 'delete', namespace: 'visible', allowed: false, reason: 'no rule' },
  ])('a SelfSubjectAccessReview: $name', async ({ verb, namespace, allowed, reason }) => {
    const answer = await api.send({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      headers: asDev,
      body: { spec: { resourceAttributes: { verb, namespace, resource: 'imagestreams' } } },
    });
    expect(answer.status).toBe(201);
    expect(answer.body.status.allowed).toBe(allowed);
    expect(answer.body.status.reason).toBe(reason);
  });

  test('a SubjectAccessReview asks for somebody else', async () => {
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    const spec = { resourceAttributes: { verb: 'get', namespace: 'hidden', resource: 'secrets' } };
    const answer = await api.post(path, { spec: { ...spec, user: 'dev' } });
    expect(answer.body.status.allowed).toBe(false);
    const admin = await api.post(path, { spec: { ...spec, user: 'admin' } });
    expect(admin.body.status.allowed).toBe(true);
    expect((await api.post(path, { spec })).status).toBe(400);
  });

  test('a LocalSubjectAccessReview stays in its namespace', async () => {
    const answer = await api.post(
      '/apis/authorization.k8s.io/v1/namespaces/visible/localsubjectaccessreviews',
      { spec: { user: 'dev', resourceAttributes: { verb: 'get', namespace: 'hidden' } } },
    );
    expect(answer.status).toBe(400);
  });

  test('the rules of one who may everything say so, who has no role has no rules', async () => {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews';
    const body = { spec: { namespace: 'visible' } };
    const admin = await api.post(path, body);
    expect(admin.body.status).toMatchObject({
      incomplete: false,
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    });
    const dev = await api.send({ method: 'POST', path, body, headers: asDev });
    expect(dev.body.status).toMatchObject({ incomplete: false, resourceRules: [] });
  });
});
