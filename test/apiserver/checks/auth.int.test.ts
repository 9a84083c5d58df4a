import { request as httpRequest } from 'node:http';
import { createRequire } from 'node:module';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { ApiClient } from '#test/support/api-client.ts';
import { authorize, basic, createUser, login, redirectParameters } from '#test/support/oauth.ts';

import { createToken, whoAmI } from '../support/newer-kubectl.ts';
import { coreIn } from './support/objects.ts';
import { freshName, type Program, startProgram } from './support/program.ts';

interface OpenShiftClient {
  readonly apis: Readonly<
    Record<
      string,
      {
        readonly v1: {
          users(name: string): { get(): Promise<{ readonly body: UserBody }> };
        };
      }
    >
  >;
}

interface UserBody {
  readonly metadata: { readonly name: string };
}

// It has no types of its own.
const library = createRequire(import.meta.url)('openshift-rest-client') as {
  readonly OpenshiftClient: (settings: {
    readonly config: {
      readonly url: string;
      readonly auth: { readonly username: string; readonly password: string };
      readonly insecureSkipTlsVerify: boolean;
    };
  }) => Promise<OpenShiftClient>;
};

const password = 'correct horse';
const self = '/apis/user.openshift.io/v1/users/~';
const projects = '/apis/project.openshift.io/v1/projects';
const tokens = '/apis/oauth.openshift.io/v1/oauthaccesstokens';

let api: Program;
let oauth: ApiClient;
/** Name of a user who may nothing but what every user may. */
const user = freshName('user');

beforeAll(async () => {
  api = await startProgram({ args: ['--workers=0', '--watch-recheck=1s'] });
  oauth = new ApiClient(api.server);
  await createUser(oauth, user, password);
  // What kubectl discovers it keeps; a refused discovery it tells in words of its own.
  await api.ok(['get', 'configmaps']);
});
afterAll(async () => {
  oauth[Symbol.dispose]();
  await api[Symbol.asyncDispose]();
});

async function newToken(): Promise<string> {
  return login(oauth, api.server.url, user, password);
}

async function as(token: string | null, method: string, path: string): Promise<number> {
  return (await api.request(method, path, { token })).status;
}

test('29 kubectl without a token is told that it may not, and a wrong way in that it must log in', async () => {
  const { json } = await api.request('GET', '/api', { token: null });
  expect(json).toMatchObject({
    code: 403,
    message: 'forbidden: User "system:anonymous" cannot get path "/api"',
  });
  const { status, json: basicAnswer } = await api.request('GET', '/api', {
    token: null,
    headers: { authorization: basic(user, password) },
  });
  expect([status, basicAnswer.message]).toEqual([401, 'Unauthorized']);
});

test('30 kubectl with a wrong token is told to log in', async () => {
  const { exitCode, stderr } = await api.kubectl(['get', 'configmaps'], { token: 'wrong' });
  expect(exitCode).toBe(1);
  expect(stderr).toContain('error: You must be logged in to the server (Unauthorized)');
  const { json } = await api.request('GET', '/api', { token: 'wrong' });
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

test('31 plain HTTP is not spoken', async () => {
  const { port } = new URL(api.server.url);
  const failed = await new Promise<boolean>((resolve) => {
    httpRequest({ host: '127.0.0.1', port, path: '/version' })
      .once('error', () => resolve(true))
      .once('response', () => resolve(false))
      .end();
  });
  expect(failed).toBe(true);
});

test('36 oc login --token: HEAD /, the user, the projects, and a review where there are none', async () => {
  const token = await newToken();
  expect(await as(null, 'HEAD', '/')).toBeLessThan(500);
  const { json } = await api.request('GET', self, { token });
  expect(json).toMatchObject({
    kind: 'User',
    apiVersion: 'user.openshift.io/v1',
    metadata: { name: user },
  });
  expect(json.groups).toContain('system:authenticated:oauth');
  const list = await api.request('GET', projects, { token });
  expect(list.json.kind).toBe('ProjectList');
  expect(await as(token, 'GET', coreIn('openshift', 'configmaps', 'motd'))).toBe(404);
  expect(await as('wrong', 'GET', self)).toBe(401);
});

test('37 oc login -u: a challenge, a code, a token; a wrong password is challenged again', async () => {
  const query = { code_challenge: 'a'.repeat(43), code_challenge_method: 'S256' };
  const asked = await authorize(oauth, api.server.url, { query });
  expect([asked.status, asked.headers['www-authenticate']]).toEqual([401, 'Basic realm="sluice"']);
  const wrong = await authorize(oauth, api.server.url, {
    query,
    authorization: basic(user, 'wrong'),
  });
  expect([wrong.status, wrong.headers['www-authenticate']]).toEqual([401, 'Basic realm="sluice"']);
  const right = await authorize(oauth, api.server.url, {
    query,
    authorization: basic(user, password),
  });
  expect(redirectParameters(right).get('code')).toMatch(/^sha256~/);
  expect(await newToken()).toMatch(/^sha256~/);
});

test('38 oc logout withdraws its own token by the name that is made from it', async () => {
  const [mine, other] = [await newToken(), await newToken()];
  const { tokenName } = await import('#src/apiserver/oauth/access-token.ts');
  expect(await as(mine, 'DELETE', `${tokens}/${tokenName(mine)}`)).toBe(200);
  await expect.poll(() => as(mine, 'GET', self)).toBe(401);
  expect(await as(other, 'GET', self)).toBe(200);
  expect(await as(other, 'GET', tokens)).toBe(403);
});

test('39 oc whoami', async () => {
  const { json } = await api.request('GET', self, { token: await newToken() });
  expect(json.metadata.name).toBe(user);
  expect(await whoAmI(api)).toMatchObject({ username: 'admin' });
});

test('40 --as is for those who may', async () => {
  const list = ['get', 'configmaps', '--as', 'carol', '--as-group', 'dev'];
  const refused = await api.kubectl(list, { token: await newToken() });
  expect(refused.stderr).toContain(
    `users "carol" is forbidden: User "${user}" cannot impersonate resource "users" in API group "" at the cluster scope`,
  );
  const acted = await api.kubectl(list);
  expect(acted.stderr).toContain('User "carol" cannot list resource "configmaps"');
});

test('41 the watch of a token that is withdrawn ends within its bound', async () => {
  const token = await newToken();
  const path = '/apis/oauth.openshift.io/v1/useroauthaccesstokens?watch=true';
  const watching = await api.watch(path, { token });
  expect(watching.status).toBe(200);
  const { tokenName } = await import('#src/apiserver/oauth/access-token.ts');
  await api.delete(`${tokens}/${tokenName(token)}`);
  const ended = await Promise.race([
    watching.ended.then(() => true),
    new Promise<boolean>((resolve) => {
      setTimeout(resolve, 20_000, false);
    }),
  ]);
  watching.stop();
  expect(ended).toBe(true);
});

test('42 the client library of OpenShift logs in with a password', async () => {
  const client = await library.OpenshiftClient({
    config: {
      url: api.server.url,
      auth: { username: user, password },
      insecureSkipTlsVerify: true,
    },
  });
  const answered = await client.apis['user.openshift.io']?.v1.users('~').get();
  expect(answered?.body.metadata.name).toBe(user);
  const wrong = library.OpenshiftClient({
    config: {
      url: api.server.url,
      auth: { username: user, password: 'wrong' },
      insecureSkipTlsVerify: true,
    },
  });
  await expect(wrong).rejects.toThrow(`401 Unable to authenticate user ${user}`);
});

test('67 kubectl create token makes a token that is the account', async () => {
  const namespace = await api.namespace();
  await api.ok(['create', 'serviceaccount', 'robot', '-n', namespace]);
  const token = await createToken(api, namespace, 'robot');
  const { username } = await whoAmI(api, token);
  expect(username).toBe(`system:serviceaccount:${namespace}:robot`);
});
