import { afterAll, beforeAll, expect, test } from 'vitest';

import { sluiceWith, type Sluice } from '#test/e2e/cli-support.ts';
import { ApiClient } from '#test/support/api-client.ts';
import { createUser, login } from '#test/support/oauth.ts';

import { createToken, whoAmI } from '../support/newer-kubectl.ts';
import { freshName, type Program, startProgram } from './support/program.ts';

const password = 'correct horse battery';
const rbac = '/apis/rbac.authorization.k8s.io/v1';
const projects = '/apis/project.openshift.io/v1/projects';
const requests = '/apis/project.openshift.io/v1/projectrequests';

let api: Program;
/** Of alice, who logged in with a password. */
let alice: string;
let bob: string;
let sluice: Sluice;

beforeAll(async () => {
  api = await startProgram({ args: ['--workers=0'] });
  using admin = new ApiClient(api.server);
  for (const name of ['alice', 'bob']) await createUser(admin, name, password);
  alice = await login(admin, api.server.url, 'alice', password);
  bob = await login(admin, api.server.url, 'bob', password);
  sluice = sluiceWith(api.server.kubeconfig);
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
});

/** A project that alice edits. */
async function editedProject(): Promise<string> {
  const namespace = await api.namespace();
  await api.ok([
    'create',
    'rolebinding',
    'e',
    '--clusterrole=edit',
    '--user=alice',
    '-n',
    namespace,
  ]);
  return namespace;
}

async function projectsOf(token: string): Promise<string[]> {
  const { json } = await api.request('GET', projects, { token });
  return json.items.map((each: { metadata: { name: string } }) => each.metadata.name);
}

function admPolicy(...args: string[]): ReturnType<Sluice> {
  return sluice('adm', 'policy', ...args);
}

test('32 kubectl auth can-i says yes or no, and so does the exit code', async () => {
  const namespace = await editedProject();
  const canI = (...args: string[]): ReturnType<Program['kubectl']> =>
    api.kubectl(['auth', 'can-i', ...args, '-n', namespace], { token: alice });
  expect(await canI('create', 'imagestreams.image.openshift.io')).toMatchObject({
    stdout: 'yes\n',
    exitCode: 0,
  });
  expect(
    await canI('get', 'imagestreams.image.openshift.io', '--subresource=layers'),
  ).toMatchObject({
    stdout: 'yes\n',
  });
  expect(await canI('create', 'rolebindings')).toMatchObject({ stdout: 'no\n', exitCode: 1 });
  expect(await canI('get', '/metrics')).toMatchObject({ stdout: 'no\n', exitCode: 1 });
  expect(await canI('get', '/apis')).toMatchObject({ stdout: 'yes\n', exitCode: 0 });
});

test('33 kubectl auth can-i --list shows the rules of all roles', async () => {
  const namespace = await editedProject();
  const list = await api.ok(['auth', 'can-i', '--list', '-n', namespace], { token: alice });
  expect(list).toMatch(/^imagestreams\.image\.openshift\.io\/layers +\[\] +\[\] +\[get update\]/mu);
  expect(list).toMatch(/^selfsubjectaccessreviews\.authorization\.k8s\.io +\[\] +\[\] +\[create/mu);
  expect(list).toMatch(/^users\.user\.openshift\.io +\[\] +\[~\] +\[get\]/mu);
});

test('34 kubectl auth whoami names user and groups', async () => {
  expect(await whoAmI(api, alice)).toMatchObject({
    username: 'alice',
    groups: expect.arrayContaining(['system:authenticated', 'system:authenticated:oauth']),
  });
});

test('35 a refusal names the kind, the namespace or the cluster, the subresource, the path', async () => {
  const namespace = await api.namespace();
  const message = async (path: string): Promise<unknown> => {
    const { status, json } = await api.request('GET', path, { token: bob });
    expect(status).toBe(403);
    return json.message;
  };
  const streams = `/apis/image.openshift.io/v1/namespaces/${namespace}/imagestreams`;
  expect(await message(streams)).toBe(
    `imagestreams.image.openshift.io is forbidden: User "bob" cannot list resource "imagestreams" in API group "image.openshift.io" in the namespace "${namespace}"`,
  );
  expect(await message(`${streams}/app/layers`)).toBe(
    `imagestreams.image.openshift.io "app" is forbidden: User "bob" cannot get resource "imagestreams/layers" in API group "image.openshift.io" in the namespace "${namespace}"`,
  );
  expect(await message('/apis/image.openshift.io/v1/images')).toBe(
    'images.image.openshift.io is forbidden: User "bob" cannot list resource "images" in API group "image.openshift.io" at the cluster scope',
  );
  expect(await message(`/api/v1/namespaces/${namespace}`)).toBe(
    `namespaces "${namespace}" is forbidden: User "bob" cannot get resource "namespaces" in API group "" in the namespace "${namespace}"`,
  );
  expect(await message('/metrics')).toBe('forbidden: User "bob" cannot get path "/metrics"');
});

test('64 kubectl create role and rolebinding, and what they give counts at once', async () => {
  const namespace = await api.namespace();
  await api.ok(['create', 'role', 'r', '--verb=get', '--resource=configmaps', '-n', namespace]);
  await api.ok(['create', 'rolebinding', 'b', '--role=r', '--user=bob', '-n', namespace]);
  const get = await api.kubectl(['get', 'cm', 'x', '-n', namespace], { token: bob });
  expect(get.stderr).toContain('NotFound');
  const list = await api.kubectl(['get', 'cm', '-n', namespace], { token: bob });
  expect(list.stderr).toContain('Forbidden');
});

test('127 a strategic merge patch of a role replaces its rules', async () => {
  const namespace = await api.namespace();
  await api.ok(['create', 'role', 'r', '--verb=get', '--resource=configmaps', '-n', namespace]);
  const rules = [{ verbs: ['list'], apiGroups: [''], resources: ['secrets'] }];
  await api.ok(['patch', 'role', 'r', '-n', namespace, '-p', JSON.stringify({ rules })]);
  const { json } = await api.get(`${rbac}/namespaces/${namespace}/roles/r`);
  expect(json.rules).toEqual(rules);
});

test('kubectl auth reconcile adds what is missing and removes nothing', async () => {
  const namespace = await api.namespace();
  const role = (verbs: string[]): object => ({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'r', namespace },
    rules: [{ verbs, apiGroups: [''], resources: ['secrets'] }],
  });
  await api.ok(['auth', 'reconcile', '-f', '-'], { input: role(['get']) });
  await api.ok(['auth', 'reconcile', '-f', '-'], { input: role(['list']) });
  const { json } = await api.get(`${rbac}/namespaces/${namespace}/roles/r`);
  const verbs = json.rules.flatMap((rule: { verbs: string[] }) => rule.verbs);
  expect(verbs).toEqual(expect.arrayContaining(['get', 'list']));
});

test('172 new-project: GET of the requests is a Status, POST makes a project that one administers', async () => {
  const may = await api.request('GET', requests, { token: alice });
  expect(may.json).toMatchObject({ kind: 'Status', status: 'Success' });
  const name = freshName('p');
  const made = await sluice('new-project', name, '--skip-config-write', `--token=${alice}`);
  expect(made).toMatchObject({ exit: 0, stderr: '' });
  await api.ok(['create', 'secret', 'generic', 's', '-n', name], { token: alice });
});

test('173 projects are those that the user sees', async () => {
  const name = freshName('p');
  await sluice('new-project', name, '--skip-config-write', `--token=${alice}`);
  expect(await projectsOf(alice)).toContain(name);
  expect(await projectsOf(bob)).not.toContain(name);
  expect((await sluice('policy', 'add-role-to-user', 'view', 'bob', `-n${name}`)).exit).toBe(0);
  expect(await projectsOf(bob)).toContain(name);
});

test('174 and 175 a project is gone to and deleted by who administers it, and by nobody else', async () => {
  const name = freshName('p');
  await sluice('new-project', name, '--skip-config-write', `--token=${alice}`);
  expect((await api.request('GET', `${projects}/${name}`, { token: alice })).status).toBe(200);
  expect((await api.request('GET', `${projects}/${name}`, { token: bob })).status).toBe(403);
  expect((await api.request('DELETE', `${projects}/${name}`, { token: bob })).status).toBe(403);
  expect((await api.request('DELETE', `${projects}/${name}`, { token: alice })).status).toBe(200);
  await expect
    .poll(async () => (await api.get(`/api/v1/namespaces/${name}`)).status, { timeout: 20_000 })
    .toBe(404);
});

test('180 policy: roles are given and taken as oc does', async () => {
  const namespace = await api.namespace();
  const bindings = `${rbac}/namespaces/${namespace}/rolebindings`;
  const policy = (...args: string[]): ReturnType<Sluice> => admPolicy(...args, '-n', namespace);
  const named = async (): Promise<string[]> => {
    const { json } = await api.get(bindings);
    return json.items
      .map((each: { metadata: { name: string } }) => each.metadata.name)
      .filter((name: string) => !name.startsWith('system:'));
  };
  expect(await policy('add-role-to-user', 'view', 'alice')).toEqual({
    stdout: 'clusterrole.rbac.authorization.k8s.io/view added: "alice"\n',
    stderr: '',
    exit: 0,
  });
  expect(await policy('add-role-to-user', 'view', 'nobody', 'bob')).toMatchObject({
    stdout: 'clusterrole.rbac.authorization.k8s.io/view added: ["nobody" "bob"]\n',
    stderr: "Warning: User 'nobody' not found\n",
  });
  await policy('add-role-to-user', 'view', 'alice');
  expect(await named()).toEqual(['view', 'view-0']);
  await policy('add-role-to-user', 'edit', '-z', 'builder', '--rolebinding-name=ci');
  expect((await api.get(`${bindings}/ci`)).json.subjects).toEqual([
    { kind: 'ServiceAccount', name: 'builder', namespace },
  ]);
  await policy('add-role-to-group', 'system:image-puller', 'system:serviceaccounts:other');
  expect((await api.get(`${bindings}/system:image-puller`)).json.subjects).toEqual([
    {
      kind: 'Group',
      apiGroup: 'rbac.authorization.k8s.io',
      name: 'system:serviceaccounts:other',
    },
  ]);
  expect(await policy('remove-role-from-user', 'view', 'bob', 'alice')).toMatchObject({
    stdout: 'clusterrole.rbac.authorization.k8s.io/view removed: ["bob" "alice"]\n',
  });
  expect(await named()).toEqual(['ci', 'view-0']);
  expect((await api.get(`${bindings}/view-0`)).json.subjects).toEqual([
    { kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'nobody' },
  ]);
  expect(await policy('remove-role-from-user', 'view', 'bob')).toMatchObject({
    stderr: 'error: unable to find target [bob]\n',
    exit: 1,
  });
});

test('180 adm policy: cluster roles are given and taken, and roles that are not there are named', async () => {
  expect(await admPolicy('add-cluster-role-to-user', 'cluster-reader', 'bob')).toMatchObject({
    stdout: 'clusterrole.rbac.authorization.k8s.io/cluster-reader added: "bob"\n',
    exit: 0,
  });
  expect(
    (await api.request('GET', '/apis/image.openshift.io/v1/images', { token: bob })).status,
  ).toBe(200);
  await admPolicy('remove-cluster-role-from-user', 'cluster-reader', 'bob');
  expect(
    (await api.request('GET', '/apis/image.openshift.io/v1/images', { token: bob })).status,
  ).toBe(403);
  const dry = await admPolicy('add-cluster-role-to-group', 'no-such', 'devs', '--dry-run=server');
  expect(dry).toEqual({
    stdout: 'clusterrole.rbac.authorization.k8s.io/no-such added: "devs" (server dry run)\n',
    stderr: "Warning: role 'no-such' not found\nWarning: Group 'devs' not found\n",
    exit: 0,
  });
  expect((await api.get(`${rbac}/clusterrolebindings/no-such`)).status).toBe(404);
  expect(await admPolicy('add-role-to-group', 'view')).toMatchObject({ exit: 2 });
});

test('sluice can-i and who-can answer as kubectl and oc do', async () => {
  const namespace = await editedProject();
  const asked = (...args: string[]): ReturnType<Sluice> =>
    sluice(...args, '-n', namespace, `--token=${alice}`);
  expect(await asked('can-i', 'update', 'is', '--subresource=layers')).toEqual({
    stdout: 'yes\n',
    stderr: '',
    exit: 0,
  });
  expect(await asked('auth', 'can-i', 'create', 'rolebindings')).toEqual({
    stdout: 'no\n',
    stderr: '',
    exit: 1,
  });
  expect(await asked('can-i', 'get', 'images', '-q')).toEqual({ stdout: '', stderr: '', exit: 1 });
  expect((await asked('can-i', 'get', 'gadgets')).stderr).toBe(
    "Warning: the server doesn't have a resource type 'gadgets'\n",
  );
  const list = await asked('policy', 'can-i', '--list');
  expect(list.stdout).toMatch(/^Resources +Non-Resource URLs +Resource Names +Verbs/u);
  expect(list.stdout).toMatch(
    /^imagestreams\.image\.openshift\.io\/layers +\[\] +\[\] +\[get update\]$/mu,
  );
  const who = await sluice('adm', 'policy', 'who-can', 'create', 'secrets', '-n', namespace);
  expect(who.stdout).toBe(
    [
      `Namespace: ${namespace}`,
      'Verb:      create',
      'Resource:  secrets',
      '',
      'Users:  alice',
      '        system:admin',
      'Groups: system:cluster-admins',
      '        system:masters',
      '',
    ].join('\n'),
  );
  expect((await asked('policy', 'who-can', 'create', 'secrets')).exit).toBe(1);
});

test('181 secrets link: a service account is written back as a whole by its owner', async () => {
  const namespace = await editedProject();
  const accounts = `/api/v1/namespaces/${namespace}/serviceaccounts`;
  await expect
    .poll(async () => (await api.request('GET', `${accounts}/builder`, { token: alice })).status)
    .toBe(200);
  const { json } = await api.request('GET', `${accounts}/builder`, { token: alice });
  const linked = { ...json, imagePullSecrets: [{ name: 'pull' }], secrets: [{ name: 'pull' }] };
  const { status } = await api.request('PUT', `${accounts}/builder`, {
    token: alice,
    body: linked,
  });
  expect(status).toBe(200);
  expect((await api.get(`${accounts}/builder`)).json).toMatchObject({
    imagePullSecrets: [{ name: 'pull' }],
    secrets: [{ name: 'pull' }],
  });
});

test('a token of a service account acts with the roles of the account, in its namespace', async () => {
  const [own, other] = [await api.namespace(), await api.namespace()];
  await expect
    .poll(async () => {
      const { json } = await api.get(`${rbac}/namespaces/${own}/rolebindings`);
      return json.items.length;
    })
    .toBe(2);
  const may = async (account: string, verb: string, namespace: string): Promise<boolean> => {
    const token = await createToken(api, own, account);
    const resourceAttributes = {
      verb,
      namespace,
      group: 'image.openshift.io',
      resource: 'imagestreams',
      subresource: 'layers',
    };
    const { json } = await api.request(
      'POST',
      '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
      { token, body: { spec: { resourceAttributes } } },
    );
    return json.status.allowed;
  };
  expect([
    await may('builder', 'update', own),
    await may('builder', 'update', other),
    await may('default', 'get', own),
    await may('default', 'update', own),
    await may('default', 'get', other),
  ]).toEqual([true, false, true, false, false]);
});

test('default roles come back at the next start with what was taken from them', async () => {
  await api.patch(`${rbac}/clusterroles/system:image-puller`, { rules: [] });
  await api.delete(`${rbac}/clusterrolebindings/basic-users`);
  const { dataDir } = api.server;
  expect(await api.server.stop()).toBe(0);
  await using again = await startProgram({ dataDir, args: ['--workers=0'] });
  const { json } = await again.get(`${rbac}/clusterroles/system:image-puller`);
  expect(json.rules).toEqual([
    { verbs: ['get'], apiGroups: ['image.openshift.io'], resources: ['imagestreams/layers'] },
  ]);
  expect((await again.get(`${rbac}/clusterrolebindings/basic-users`)).status).toBe(200);
});
