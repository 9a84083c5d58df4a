import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { ApiClient } from '#test/support/api-client.ts';
import {
  authorize,
  basic,
  challengingClient,
  createUser,
  login,
  newPkce,
  redeem,
  redirectParameters,
} from '#test/support/oauth.ts';
import { type Server, startServer } from '#test/support/server.ts';

const self = '/apis/user.openshift.io/v1/users/~';
const tokens = '/apis/oauth.openshift.io/v1/oauthaccesstokens';
const password = 'correct horse';

let server: Server;
let api: ApiClient;
let uid: string;

beforeAll(async () => {
  server = await startServer({ args: ['--workers=0', '--controllers=off'] });
  api = new ApiClient(server);
  ({ uid } = await createUser(api, 'alice', password));
});
afterAll(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

function pkceQuery(challenge: string): Record<string, string> {
  return { code_challenge: challenge, code_challenge_method: 'S256' };
}

/** A code of alice with everything that redeems it. */
async function newCode(): Promise<Record<'code' | 'code_verifier' | 'redirect_uri', string>> {
  const { verifier, challenge } = newPkce();
  const answer = await authorize(api, server.url, {
    authorization: basic('alice', password),
    query: pkceQuery(challenge),
  });
  expect(answer.status).toBe(302);
  return {
    code: redirectParameters(answer).get('code') ?? '',
    code_verifier: verifier,
    redirect_uri: `${server.url}/oauth/token/implicit`,
  };
}

describe('the server says where to log in', () => {
  test('to whoever asks, under the name that they reached it by', async () => {
    const path = '/.well-known/oauth-authorization-server';
    const answer = await api.get(path, { token: '' });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      issuer: server.url,
      authorization_endpoint: `${server.url}/oauth/authorize`,
      token_endpoint: `${server.url}/oauth/token`,
      code_challenge_methods_supported: ['plain', 'S256'],
    });
  });
});

describe('a login with a password', () => {
  test('is asked for with a challenge, by clients that know what that is', async () => {
    const { challenge } = newPkce();
    const asked = await authorize(api, server.url, { query: pkceQuery(challenge) });
    expect(asked.status).toBe(401);
    expect(asked.headers['www-authenticate']).toBe('Basic realm="sluice"');
    const browser = await authorize(api, server.url, {
      query: pkceQuery(challenge),
      csrf: false,
    });
    expect(browser.status).toBe(401);
    expect(browser.headers['www-authenticate']).toBeUndefined();
    expect(browser.headers['warning']).toContain('X-CSRF-Token');
  });

  test('gives a code, and the code a token of the user', async () => {
    const { verifier, challenge } = newPkce();
    const answer = await authorize(api, server.url, {
      authorization: basic('alice', password),
      query: { ...pkceQuery(challenge), state: 'a&b=c' },
    });
    expect(answer.status).toBe(302);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(redirectParameters(answer).get('state')).toBe('a&b=c');
    const token = await redeem(api, {
      code: redirectParameters(answer).get('code') ?? '',
      redirect_uri: `${server.url}/oauth/token/implicit`,
      code_verifier: verifier,
    });
    expect(token.status).toBe(200);
    expect(token.headers['cache-control']).toBe('no-store');
    expect(token.body).toMatchObject({
      expires_in: 86_400,
      scope: 'user:full',
      token_type: 'Bearer',
    });
    const review = await api.post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {},
      { token: server.token },
    );
    expect(review.body.status.userInfo.username).toBe('admin');
    const stored = await api.get(tokens);
    expect(JSON.stringify(stored.body)).not.toContain(token.body.access_token.slice(7));
    expect(stored.body.items[0]).toMatchObject({ userName: 'alice', userUID: uid });
  });

  test('may ask for the token at once, in the fragment', async () => {
    const answer = await authorize(api, server.url, {
      authorization: basic('alice', password),
      csrf: false,
      query: { response_type: 'token', redirect_uri: null },
    });
    expect(answer.status).toBe(302);
    const location = String(answer.headers['location']);
    expect(location).toMatch(
      new RegExp(`^${server.url}/oauth/token/implicit#access_token=sha256~[\\w-]{43}&`),
    );
  });

  test.for([
    { name: 'a wrong password', username: 'alice', wrong: 'wrong horse' },
    { name: 'an unknown user', username: 'nobody', wrong: password },
    { name: 'a name that none can have', username: 'system:admin', wrong: password },
    { name: 'no password', username: 'alice', wrong: '' },
    { name: 'a password of a megabyte', username: 'alice', wrong: 'x'.repeat(5_000) },
    { name: 'a name with a zero byte', username: 'ali\0ce', wrong: password },
  ])('is refused the same for $name', async ({ username, wrong }) => {
    const answer = await authorize(api, server.url, {
      authorization: basic(username, wrong),
      query: pkceQuery(newPkce().challenge),
    });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toBe('Basic realm="sluice"');
    expect(answer.body).toMatchObject({ kind: 'Status', message: 'Unauthorized', code: 401 });
  });
});

describe('answers go nowhere else', () => {
  test.for([
    { name: 'another host', redirect: 'https://evil.example/oauth/token/implicit' },
    { name: 'another path', redirect: 'URL/oauth/token/implicit/../../x' },
    { name: 'a longer path', redirect: 'URL/oauth/token/implicit.evil' },
    { name: 'user information', redirect: 'https://a@HOST/oauth/token/implicit' },
    { name: 'plain HTTP', redirect: 'http://HOST/oauth/token/implicit' },
    { name: 'a query', redirect: 'URL/oauth/token/implicit?x=1' },
    { name: 'no scheme', redirect: '//evil.example' },
    { name: 'a script', redirect: 'javascript:alert(1)' },
  ])('than to the client: $name', async ({ redirect }) => {
    const answer = await authorize(api, server.url, {
      authorization: basic('alice', password),
      query: {
        ...pkceQuery(newPkce().challenge),
        redirect_uri: redirect.replace('URL', server.url).replace('HOST', new URL(server.url).host),
      },
    });
    expect(answer.status).toBe(400);
    expect(answer.headers['location']).toBeUndefined();
    expect(answer.body.error).toBe('invalid_request');
  });

  test('and an unknown client is sent nowhere', async () => {
    const answer = await authorize(api, server.url, { query: { client_id: 'evil' } });
    expect([answer.status, answer.body.error]).toEqual([400, 'unauthorized_client']);
  });

  test('nor is a parameter taken that stands twice', async () => {
    const path = `/oauth/authorize?client_id=${challengingClient}&response_type=token&redirect_uri=${encodeURIComponent('https://evil.example')}&redirect_uri=${encodeURIComponent(`${server.url}/oauth/token/implicit`)}`;
    const answer = await api.get(path, {
      token: '',
      headers: { authorization: basic('alice', password) },
    });
    expect([answer.status, answer.body.error]).toEqual([400, 'invalid_request']);
  });

  test.for([
    { name: 'without a challenge', query: {}, error: 'invalid_request' },
    {
      name: 'with a scope that there is not',
      query: { scope: 'user:info' },
      error: 'invalid_scope',
    },
    {
      name: 'for something else than a code or a token',
      query: { response_type: 'id_token' },
      error: 'unsupported_response_type',
    },
  ])('a request $name is sent back with $error', async ({ query, error }) => {
    const answer = await authorize(api, server.url, {
      authorization: basic('alice', password),
      query,
    });
    expect(answer.status).toBe(302);
    expect(redirectParameters(answer).get('error')).toBe(error);
    expect(String(answer.headers['location'])).not.toContain('code=');
  });
});

describe('a code', () => {
  test.for<{ name: string; change: Record<string, string> }>([
    { name: 'with another verifier', change: { code_verifier: newPkce().verifier } },
    { name: 'without a verifier', change: { code_verifier: '' } },
    { name: 'with another redirect', change: { redirect_uri: 'https://evil.example/' } },
    { name: 'by another client', change: { client_id: 'openshift-browser-client' } },
    { name: 'that is none', change: { code: `sha256~${'A'.repeat(43)}` } },
    { name: 'for another kind of grant', change: { grant_type: 'password' } },
  ])('is good for nothing $name', async ({ change }) => {
    const answer = await redeem(api, { ...(await newCode()), ...change });
    expect(answer.status).toBe(400);
    expect(answer.body.access_token).toBeUndefined();
  });

  test('is good once, and a second use withdraws what the first one got', async () => {
    const code = await newCode();
    const first = await redeem(api, code);
    expect(first.status).toBe(200);
    const token = first.body.access_token;
    expect((await api.get(self, { token })).status).not.toBe(401);
    expect((await redeem(api, code)).body.error).toBe('invalid_grant');
    await expect.poll(async () => (await api.get(self, { token })).status).toBe(401);
  });

  test('is good once for many who come at the same time', async () => {
    const code = await newCode();
    const answers = await Promise.all(Array.from({ length: 8 }, () => redeem(api, code)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });
});

describe('an access token', () => {
  test('ends at once when it is deleted, and with its user', async () => {
    await createUser(api, 'bob', password);
    const [one, two] = [
      await login(api, server.url, 'bob', password),
      await login(api, server.url, 'bob', password),
    ];
    expect((await api.get(self, { token: one })).status).not.toBe(401);
    expect((await api.get(self, { token: two })).status).not.toBe(401);
    const own = await api.get(`${tokens}?fieldSelector=userName=bob`);
    expect(own.body.items).toHaveLength(2);
    const [{ metadata }] = own.body.items;
    expect((await api.delete(`${tokens}/${metadata.name}`)).status).toBe(200);
    const statuses = async (): Promise<unknown[]> =>
      Promise.all([one, two].map(async (token) => (await api.get(self, { token })).status === 401));
    await expect.poll(statuses).toContain(true);
    expect(await statuses()).toContain(false);

    await api.delete('/apis/user.openshift.io/v1/users/bob');
    await expect.poll(statuses).toEqual([true, true]);
    await createUser(api, 'bob', 'another password');
    expect(await statuses()).toEqual([true, true]);
  });

  test.for(['', 'x', 'sha256~', `sha256~${'A'.repeat(43)}`, 'a'.repeat(9_000)])(
    'that nobody was given is refused (%#)',
    async (token) => {
      const answer = await api.get(self, {
        token: '',
        headers: { authorization: `Bearer ${token}` },
      });
      expect(answer.status).toBe(401);
    },
  );
});
