import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ApiClient } from '#test/support/api-client.ts';
import { type Server, startServer } from '#test/support/server.ts';
import { tempDir } from '#test/support/temp-dir.ts';

import { httpClient } from '../support/http.ts';
import { type Client, createBoundToken } from '../support/newer-kubectl.ts';

const accounts = '/api/v1/namespaces/default/serviceaccounts';
const secrets = '/api/v1/namespaces/default/secrets';
const reviews = '/apis/authentication.k8s.io/v1/tokenreviews';
const issuer = 'https://sluice';

let server: Server;
let api: ApiClient;

const dir = tempDir('accounts');
const serve = async (): Promise<Server> =>
  startServer({ dataDir: dir.path, args: ['--workers=0', '--controllers=off'] });

beforeAll(async () => {
  server = await serve();
  api = new ApiClient(server);
  await api.post(accounts, { metadata: { name: 'builder' } });
});
afterAll(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});

async function request(spec: unknown, name = 'builder') {
  return api.post(`${accounts}/${name}/token`, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec,
  });
}

async function review(token: string, audiences?: string[]) {
  const { body } = await api.post(reviews, {
    spec: { token, ...(audiences === undefined ? {} : { audiences }) },
  });
  return body.status;
}

const builder = {
  authenticated: true,
  audiences: [issuer],
  user: {
    username: 'system:serviceaccount:default:builder',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
  },
};

describe('serviceaccounts/token', () => {
  test('makes a token that lasts an hour and is for this server', async () => {
    const { status, body } = await request({});
    expect(status).toBe(201);
    expect(body).toMatchObject({
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      spec: { audiences: [issuer], expirationSeconds: 3_600, boundObjectRef: null },
    });
    const lasts = Date.parse(body.status.expirationTimestamp) - Date.now();
    expect(Math.round(lasts / 60_000)).toBe(60);
    expect(await review(body.status.token)).toMatchObject(builder);
  });

  test.for([
    {
      spec: { expirationSeconds: 599 },
      code: 422,
      message: 'may not specify a duration less than 10 minutes',
    },
    {
      spec: { expirationSeconds: 2 ** 33 },
      code: 422,
      message: 'may not specify a duration larger than 2^32 seconds',
    },
    {
      spec: { boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'p' } },
      code: 400,
      message: 'cannot bind token to object of type v1, Kind=Pod',
    },
    {
      spec: { boundObjectRef: { kind: 'Secret', apiVersion: 'v1', name: 'none' } },
      code: 404,
      message: 'secrets "none" not found',
    },
  ])('refuses $spec: $message', async ({ spec, code, message }) => {
    const { status, body } = await request(spec);
    expect(status).toBe(code);
    expect(body.message).toContain(message);
  });

  test('knows no token of an account that is not there', async () => {
    const { status, body } = await request({}, 'nobody');
    expect([status, body.message]).toEqual([404, 'serviceaccounts "nobody" not found']);
  });

  test('of kubectl, for an audience and bound to a secret, ends with the secret', async () => {
    await api.post(secrets, { metadata: { name: 'binding' }, stringData: { a: 'b' } });
    const client: Client = {
      kubectl: async (args) => server.kubectl(args),
      ...httpClient(server),
    };
    const token = await createBoundToken(client, 'default', 'builder');
    expect(await review(token)).toMatchObject({ authenticated: false });
    expect(await review(token, ['vault', 'x'])).toMatchObject({
      authenticated: true,
      audiences: ['vault'],
    });
    const { status } = await api.get('/api', { token });
    expect(status).toBe(401);
    await api.delete(`${secrets}/binding`);
    await expect.poll(async () => (await review(token, ['vault'])).authenticated).toBe(false);
  });
});

describe('a token', () => {
  test('ends with its account, also when the account is made again', async () => {
    await api.post(accounts, { metadata: { name: 'short' } });
    const { token } = (await request({}, 'short')).body.status;
    expect((await api.get('/api', { token })).status).toBe(200);
    await api.delete(`${accounts}/short`);
    await expect.poll(async () => (await api.get('/api', { token })).status).toBe(401);
    await api.post(accounts, { metadata: { name: 'short' } });
    expect((await api.get('/api', { token })).status).toBe(401);
  });

  test('can be checked by others with what the issuer publishes', async () => {
    const { token } = (await request({})).body.status;
    const configuration = await api.get('/.well-known/openid-configuration', { token });
    expect(configuration.body).toMatchObject({
      issuer,
      jwks_uri: `${server.url}/openid/v1/jwks`,
      id_token_signing_alg_values_supported: ['ES256'],
    });
    const keys = await api.get('/openid/v1/jwks', { token });
    expect(JSON.stringify(keys.body)).not.toContain('"d"');
    const { payload } = await jwtVerify(token, createLocalJWKSet(keys.body), { issuer });
    expect(payload.sub).toBe('system:serviceaccount:default:builder');
    expect((await api.get('/openid/v1/jwks', { token: '' })).status).toBe(403);
  });

  test('is known to a server that is started again', async () => {
    const { token } = (await request({ expirationSeconds: 7_200 })).body.status;
    await server.stop();
    api[Symbol.dispose]();
    server = await serve();
    api = new ApiClient(server);
    expect((await api.get('/api', { token })).status).toBe(200);
  });
});

describe('a review', () => {
  test.for([
    { name: 'of no token', token: '', code: 400 },
    { name: 'of a wrong token', token: 'a.b.c', code: 201 },
  ])('$name is answered $code', async ({ token, code }) => {
    const { status, body } = await api.post(reviews, { spec: { token } });
    expect(status).toBe(code);
    expect(body.status?.authenticated ?? false).not.toBe(true);
  });

  test('does not repeat the token', async () => {
    const { body } = await api.post(reviews, { spec: { token: 'marker-token' } });
    expect(JSON.stringify(body)).not.toContain('marker-token');
  });
});
