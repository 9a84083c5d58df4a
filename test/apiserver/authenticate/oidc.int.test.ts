import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { IssuerKeys } from '#src/apiserver/authenticate/oidc/issuer-keys.ts';
import { type OidcOptions, oidcTokens } from '#src/apiserver/authenticate/oidc/oidc-tokens.ts';
import type { TokenAuthenticator } from '#src/apiserver/authenticate/bearer-tokens.ts';
import type { UserInfo } from '#src/apiserver/resource.ts';
import { silentLogger } from '#src/lib/logger.ts';
import { ApiClient } from '#test/support/api-client.ts';
import { type Issuer, startIssuer } from '#test/support/issuer.ts';
import { startServer } from '#test/support/server.ts';
import { tempDir } from '#test/support/temp-dir.ts';

let issuer: Issuer;
/** Milliseconds by which the clock was moved. */
let moved: number;

beforeEach(async () => {
  moved = 0;
  issuer = await startIssuer();
});
afterEach(async () => {
  await issuer[Symbol.asyncDispose]();
});

function tokensOf(options: Partial<OidcOptions> = {}, ca = issuer.ca): TokenAuthenticator {
  const clock = { now: () => Date.now() + moved, sleep: () => Promise.resolve() };
  const keys = new IssuerKeys({
    issuerUrl: issuer.url,
    ca,
    timeoutMs: 1_000,
    clock,
    logger: silentLogger,
  });
  const all: OidcOptions = {
    issuerUrl: issuer.url,
    clientId: 'sluice',
    usernameClaim: 'sub',
    usernamePrefix: 'id:',
    groupsClaim: 'groups',
    groupsPrefix: 'id:',
    requiredClaims: {},
    signingAlgorithms: ['RS256'],
    ...options,
  };
  return oidcTokens(all, keys, clock);
}

function header(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

async function userOf(tokens: TokenAuthenticator, token: string): Promise<UserInfo | undefined> {
  return (await tokens.authenticateToken(token, []))?.user;
}

describe('an ID token', () => {
  test('is its user with groups, by the claims that are set', async () => {
    const tokens = tokensOf({ usernameClaim: 'email', requiredClaims: { tenant: 'acme' } });
    const token = await issuer.sign({
      email: 'alice@example.com',
      groups: ['dev', 'ops'],
      tenant: 'acme',
    });
    expect(await userOf(tokens, token)).toEqual({
      username: 'id:alice@example.com',
      groups: ['id:dev', 'id:ops'],
    });
  });

  test.for<{ name: string; claims: Record<string, unknown>; options?: Partial<OidcOptions> }>([
    { name: 'for another audience', claims: { aud: 'other' } },
    { name: 'of another issuer', claims: { iss: 'https://evil.test' } },
    { name: 'that is over', claims: { exp: 1 } },
    { name: 'that never ends', claims: { exp: undefined } },
    { name: 'of tomorrow', claims: { nbf: 4e9 } },
    { name: 'without a name', claims: { sub: undefined } },
    { name: 'with a name that is none', claims: { sub: 7 } },
    { name: 'with groups that are none', claims: { groups: [{}] } },
    { name: 'without a required claim', claims: {}, options: { requiredClaims: { t: 'a' } } },
    {
      name: 'with an address that nobody has verified',
      claims: { email: 'a@b', email_verified: false },
      options: { usernameClaim: 'email' },
    },
    {
      name: 'of a user whom only this server names',
      claims: { sub: 'system:admin' },
      options: { usernamePrefix: '' },
    },
  ])('$name is nobody', async ({ claims, options }) => {
    expect(await userOf(tokensOf(options), await issuer.sign(claims))).toBeUndefined();
  });

  test('brings nobody into a group of this server', async () => {
    const tokens = tokensOf({ groupsPrefix: '' });
    const token = await issuer.sign({ groups: ['system:masters', 'dev'] });
    expect((await userOf(tokens, token))?.groups).toEqual(['dev']);
  });

  test('signed by nobody, by a shared secret or by a key of its own is nobody', async () => {
    const tokens = tokensOf();
    const good = await issuer.sign({});
    expect(await userOf(tokens, good)).toBeDefined();
    const [, payload = '', signature = ''] = good.split('.');
    const none = header({ alg: 'none', kid: 'first' });
    const shared = header({ alg: 'HS256', kid: 'first' });
    const mac = createHmac('sha256', 'secret').update(`${shared}.${payload}`).digest('base64url');
    const embedded = await issuer.sign({}, { kid: 'none', jwk: { kty: 'oct', k: 'eA' } });
    for (const bad of [
      `${none}.${payload}.`,
      `${none}.${payload}.${signature}`,
      `${shared}.${payload}.${mac}`,
      embedded,
      `${good.slice(0, -4)}AAAA`,
    ])
      expect(await userOf(tokens, bad)).toBeUndefined();
  });
});

describe('the keys of the issuer', () => {
  test('are asked for once, however many tokens come', async () => {
    const tokens = tokensOf();
    const token = await issuer.sign({});
    const users = await Promise.all(Array.from({ length: 20 }, () => userOf(tokens, token)));
    expect(users.every((user) => user !== undefined)).toBe(true);
    expect(issuer.asked()).toBe(1);
  });

  test('are asked for again when a new one is used, and not because of strangers', async () => {
    const tokens = tokensOf();
    await userOf(tokens, await issuer.sign({}));
    const stranger = await issuer.sign({}, { kid: 'unknown' });
    for (let index = 0; index < 20; index += 1) await userOf(tokens, stranger);
    expect(issuer.asked()).toBe(1);
    moved = 31_000;
    await issuer.rotate('second');
    expect(await userOf(tokens, await issuer.sign({}))).toBeDefined();
    expect(issuer.asked()).toBe(2);
  });

  test('that were known stay good while the issuer is away', async () => {
    const tokens = tokensOf();
    await userOf(tokens, await issuer.sign({}));
    await issuer.stop();
    moved = 11 * 60_000;
    const token = await issuer.sign({ exp: Math.floor(Date.now() / 1000) + 3_600 });
    expect(await userOf(tokens, token)).toBeDefined();
    await issuer.start();
  });

  test.for(['silent', 'endless', 'not json', 'error', 'redirect', 'other name'] as const)(
    'are not taken from an issuer that is %s, which is asked again later',
    async (fault) => {
      const tokens = tokensOf();
      issuer.fault = fault;
      const token = await issuer.sign({});
      expect(await userOf(tokens, token)).toBeUndefined();
      issuer.fault = undefined;
      expect(await userOf(tokens, token)).toBeUndefined();
      moved = 6_000;
      expect(await userOf(tokens, token)).toBeDefined();
    },
  );

  test('are not taken from somebody whom another authority vouches for', async () => {
    await using other = await startIssuer();
    expect(await userOf(tokensOf({}, other.ca), await issuer.sign({}))).toBeUndefined();
  });
});

test('a server takes the tokens of an issuer, and answers while it is away', async () => {
  using dir = tempDir('oidc');
  const caFile = join(dir.path, 'ca.crt');
  writeFileSync(caFile, issuer.ca);
  await using server = await startServer({
    args: [
      '--workers=0',
      '--controllers=off',
      `--oidc-issuer-url=${issuer.url}`,
      '--oidc-client-id=sluice',
      '--oidc-groups-claim=groups',
      `--oidc-ca-file=${caFile}`,
    ],
  });
  using api = new ApiClient(server);
  const whoami = async (token: string): Promise<unknown> => {
    const { status, body } = await api.post(
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      {},
      { token },
    );
    return status === 201 ? body.status.userInfo : status;
  };
  await issuer.stop();
  const token = await issuer.sign({ groups: ['dev'] });
  expect(await whoami(token)).toBe(401);
  expect(await whoami(server.token)).toMatchObject({ username: 'admin' });
  await issuer.start();
  await expect
    .poll(() => whoami(token), { timeout: 15_000, interval: 500 })
    .toMatchObject({ username: `${issuer.url}#alice`, groups: ['dev', 'system:authenticated'] });
});
