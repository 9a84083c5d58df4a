import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { clientCertificates } from '#src/apiserver/authenticate/client-certificate.ts';
import { frontProxy } from '#src/apiserver/authenticate/front-proxy.ts';
import { hashToken, staticTokens } from '#src/apiserver/authenticate/tokens.ts';
import type { Attributes, Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import type { UserInfo } from '#src/apiserver/resource.ts';
import { ensureServerTls } from '#src/apiserver/tls/data-directory.ts';
import { tempDir } from '#test/support/temp-dir.ts';
import {
  type CertificateAndKey,
  type ClientCertificateOptions,
  makeAuthority,
  type TestAuthority,
} from '#test/support/tls.ts';

import { type Harness, startHarness, widgetsPath } from '../support/harness.ts';
import type { Answer, RequestOptions } from '../support/http.ts';

let api: Harness;
let users: TestAuthority;
let proxies: TestAuthority;
let strangers: TestAuthority;
/** Everything that was asked of the authorizer since the test began. */
let asked: Attributes[] = [];
/** What `sender` may impersonate. */
let mayActAs: (attributes: Attributes) => boolean = () => false;

const recorder: Authorizer = {
  async authorize(attributes) {
    asked.push(attributes);
    const isAllowed = attributes.verb === 'impersonate' && mayActAs(attributes);
    return { decision: isAllowed ? 'allow' : 'none', reason: '' };
  },
};

const dir = tempDir('identity');

beforeAll(async () => {
  [users, proxies, strangers] = await Promise.all([
    makeAuthority('users'),
    makeAuthority('proxies'),
    makeAuthority('strangers'),
  ]);
  const tls = await ensureServerTls(dir.path, '127.0.0.1', Date.now());
  api = await startHarness({
    tls: { ...tls, clientCa: users.certificate, requestHeaderCa: proxies.certificate },
    authenticators: [
      frontProxy(['aggregator']),
      clientCertificates,
      staticTokens([
        { hash: hashToken('sender'), user: { username: 'sender', groups: ['people'] } },
      ]),
    ],
    authorizer: recorder,
  });
  // The harness does not know of the authority that this test made.
  api = { ...api, ca: tls.ca };
});
afterAll(async () => {
  await api[Symbol.asyncDispose]();
  dir[Symbol.dispose]();
});
beforeEach(() => {
  asked = [];
  mayActAs = () => false;
});

async function certificate(
  from: TestAuthority,
  options: ClientCertificateOptions,
): Promise<CertificateAndKey> {
  return from.issueClient({ usage: 'client', ...options });
}

async function ask(
  shown: CertificateAndKey | undefined,
  headers: RequestOptions['headers'] = {},
  token: string | null = null,
): Promise<Answer> {
  return api.request('GET', widgetsPath, {
    token,
    headers,
    ...(shown === undefined
      ? { tls: { ca: api.ca, cert: '', key: '' } }
      : { tls: { ca: api.ca, cert: shown.certificate, key: shown.key } }),
  });
}

/** Who the last request was taken for. */
function taken(): UserInfo | undefined {
  return asked.at(-1)?.user;
}

describe('a client certificate', () => {
  test.for<{ name: string; options: Partial<ClientCertificateOptions> }>([
    { name: 'for clients', options: {} },
    { name: 'that does not say what it is for', options: { usage: undefined } as never },
  ])('$name tells user and groups', async ({ options }) => {
    const subject = 'CN=alice,O=developers,O=operators';
    await ask(await users.issueClient({ usage: 'client', ...options, subject }));
    expect(taken()).toEqual({
      username: 'alice',
      groups: ['developers', 'operators', 'system:authenticated'],
    });
  });

  test.for<{ name: string; from: () => TestAuthority; options: ClientCertificateOptions }>([
    { name: 'that is over', from: () => users, options: { subject: 'CN=alice', movedDays: -2 } },
    { name: 'of tomorrow', from: () => users, options: { subject: 'CN=alice', movedDays: 2 } },
    { name: 'of servers', from: () => users, options: { subject: 'CN=alice', usage: 'server' } },
    { name: 'of another authority', from: () => strangers, options: { subject: 'CN=alice' } },
  ])('$name is refused', async ({ from, options }) => {
    expect((await ask(await certificate(from(), options))).status).toBe(401);
    expect(asked).toEqual([]);
  });

  test.for<{ name: string; from: () => TestAuthority; options: ClientCertificateOptions }>([
    { name: 'of proxies', from: () => proxies, options: { subject: 'CN=alice' } },
    { name: 'without a name', from: () => users, options: { subject: 'O=developers' } },
  ])('$name is nobody', async ({ from, options }) => {
    await ask(await certificate(from(), options));
    expect(taken()?.username).toBe('system:anonymous');
  });

  test('that is nobody does not stand in the way of a token', async () => {
    const over = await certificate(users, { subject: 'CN=alice', movedDays: -2 });
    await ask(over, {}, 'sender');
    expect(taken()?.username).toBe('sender');
  });

  test('is not believed longer than it lasts, on a connection that lasts longer', async () => {
    const { Agent, request } = await import('node:https');
    const short = await certificate(users, { subject: 'CN=alice', lifetimeMs: 2_500 });
    const agent = new Agent({
      keepAlive: true,
      maxSockets: 1,
      ca: api.ca,
      cert: short.certificate,
      key: short.key,
    });
    const status = async (): Promise<number | undefined> =>
      new Promise((resolve, reject) => {
        const sent = request(`${api.url}${widgetsPath}`, { agent }, (response) => {
          response.resume().once('end', () => resolve(response.statusCode));
        });
        sent.once('error', reject).end();
      });
    expect(await status()).toBe(403);
    await expect.poll(status, { timeout: 10_000, interval: 250 }).toBe(401);
    agent.destroy();
  });
});

describe('a front proxy', () => {
  const headers = {
    'X-Remote-User': 'bob',
    'X-Remote-Group': ['people', 'a, b'] as unknown as string,
    'X-Remote-Uid': '42',
    'X-Remote-Extra-Acme.com%2FProject': ['one', 'two'] as unknown as string,
  };

  test('says who the user is', async () => {
    await ask(await certificate(proxies, { subject: 'CN=aggregator' }), headers);
    expect(taken()).toEqual({
      username: 'bob',
      uid: '42',
      groups: ['people', 'a, b', 'system:authenticated'],
      extra: { 'acme.com/project': ['one', 'two'] },
    });
  });

  test('that names two users is not believed', async () => {
    const two = { ...headers, 'X-Remote-User': ['bob', 'root'] as unknown as string };
    await ask(await certificate(proxies, { subject: 'CN=aggregator' }), two);
    expect(taken()?.username).toBe('system:anonymous');
  });

  test.for<{ name: string; shown: () => Promise<CertificateAndKey | undefined>; as: string }>([
    { name: 'without a certificate', shown: async () => undefined, as: 'system:anonymous' },
    {
      name: 'with the certificate of a user, who is that user',
      shown: async () => certificate(users, { subject: 'CN=alice' }),
      as: 'alice',
    },
    {
      name: 'with the certificate of a user of the name of a proxy',
      shown: async () => certificate(users, { subject: 'CN=aggregator' }),
      as: 'aggregator',
    },
    {
      name: 'with the certificate of a proxy of another name',
      shown: async () => certificate(proxies, { subject: 'CN=other' }),
      as: 'system:anonymous',
    },
  ])('is not whoever sends the headers $name', async ({ shown, as }) => {
    await ask(await shown(), headers);
    expect(taken()?.username).toBe(as);
    expect(taken()?.groups).not.toContain('people');
  });

  test('with a certificate that is over, of servers, or of strangers is refused', async () => {
    for (const [from, options] of [
      [proxies, { movedDays: -2 }],
      [proxies, { usage: 'server' }],
      [strangers, {}],
    ] as const) {
      const shown = await certificate(from, { subject: 'CN=aggregator', ...options });
      expect((await ask(shown, headers)).status).toBe(401);
    }
    expect(asked).toEqual([]);
  });
});

describe('two Authorization headers', () => {
  test('are refused, since another reader might take the other one', async () => {
    const { connect } = await import('node:tls');
    const { port } = new URL(api.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect({ host: '127.0.0.1', port: Number(port), ca: api.ca }, () => {
        socket.write(
          `GET ${widgetsPath} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sender\r\nAuthorization: Bearer other\r\nConnection: close\r\n\r\n`,
        );
      });
      let text = '';
      socket.on('data', (chunk: Buffer) => (text += chunk.toString()));
      socket.once('end', () => resolve(text)).once('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
    expect(asked).toEqual([]);
  });
});

describe('impersonation', () => {
  const groups = ['developers', 'system:masters'];

  test('asks for the user, each group, each extra value and the uid', async () => {
    mayActAs = () => true;
    await ask(
      undefined,
      {
        'Impersonate-User': 'bob',
        'Impersonate-Group': groups as unknown as string,
        'Impersonate-Extra-Acme.com%2fProject': 'one',
        'Impersonate-Uid': '42',
      },
      'sender',
    );
    const questions = asked
      .slice(0, -1)
      .map(({ group, resource, subresource, name, verb, user }) => ({
        what: `${verb} ${resource}.${group}/${subresource} ${name}`,
        by: user.username,
      }));
    expect(questions).toEqual(
      [
        'impersonate users./ bob',
        'impersonate groups./ developers',
        'impersonate groups./ system:masters',
        'impersonate userextras.authentication.k8s.io/acme.com/project one',
        'impersonate uids.authentication.k8s.io/ 42',
      ].map((what) => ({ what, by: 'sender' })),
    );
    expect(taken()).toEqual({
      username: 'bob',
      uid: '42',
      groups: [...groups, 'system:authenticated'],
      extra: { 'acme.com/project': ['one'] },
    });
  });

  test('of a group needs that group: masters are not come by through a user', async () => {
    mayActAs = ({ resource }) => resource === 'users';
    const { json } = await ask(
      undefined,
      { 'Impersonate-User': 'bob', 'Impersonate-Group': 'system:masters' },
      'sender',
    );
    expect(json).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'groups "system:masters" is forbidden: User "sender" cannot impersonate resource "groups" in API group "" at the cluster scope',
    });
  });

  test.for([
    {
      headers: { 'Impersonate-User': 'bob' },
      message:
        'users "bob" is forbidden: User "sender" cannot impersonate resource "users" in API group "" at the cluster scope',
    },
    {
      headers: { 'Impersonate-User': 'system:serviceaccount:shop:builder' },
      message:
        'serviceaccounts "builder" is forbidden: User "sender" cannot impersonate resource "serviceaccounts" in API group "" in the namespace "shop"',
    },
  ])('without permission is refused as Kubernetes refuses it: $message', async (each) => {
    const { json } = await ask(undefined, each.headers, 'sender');
    expect(json).toMatchObject({ code: 403, message: each.message });
  });

  test.for([
    { name: 'a group alone', headers: { 'Impersonate-Group': 'system:masters' } },
    { name: 'a uid alone', headers: { 'Impersonate-Uid': '1' } },
    { name: 'an extra alone', headers: { 'Impersonate-Extra-x': '1' } },
    { name: 'an unknown header', headers: { 'Impersonate-Everything': '1' } },
    { name: 'an empty user', headers: { 'Impersonate-User': '' } },
    {
      name: 'two users',
      headers: { 'Impersonate-User': ['bob', 'root'] as unknown as string },
    },
  ])('of $name is a bad request, never oneself', async ({ headers }) => {
    mayActAs = () => true;
    expect((await ask(undefined, headers, 'sender')).status).toBe(400);
    expect(asked).toEqual([]);
  });

  test.for([
    {
      user: 'system:serviceaccount:shop:builder',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:shop', 'system:authenticated'],
    },
    { user: 'bob', groups: ['system:authenticated'] },
    { user: 'system:anonymous', groups: ['system:unauthenticated'] },
  ])('of $user brings the groups that everybody of the kind has', async ({ user, groups: all }) => {
    mayActAs = () => true;
    await ask(undefined, { 'Impersonate-User': user }, 'sender');
    expect(taken()).toEqual({ username: user, groups: all });
  });
});
