import { createHmac } from 'node:crypto';

import {
  type CryptoKey,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  importJWK,
  SignJWT,
  UnsecuredJWT,
} from 'jose';
import { beforeAll, describe, expect, test } from 'vitest';

import {
  ServiceAccountTokens,
  type SigningKey,
} from '#src/apiserver/authenticate/service-account-tokens.ts';

const issuer = 'https://sluice.test';
const startMs = Date.parse('2026-11-26T12:00:00Z');
const account = { namespace: 'shop', name: 'builder', uid: 'account-1' };

let keys: SigningKey[];
let now = startMs;
let uids: Record<string, string | undefined>;
let tokens: ServiceAccountTokens;

function header(alg: string): string {
  return Buffer.from(JSON.stringify({ alg, kid: 'one' })).toString('base64url');
}

async function newKey(kid: string): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { kid, publicJwk: await exportJWK(publicKey), privateJwk: await exportJWK(privateKey) };
}

beforeAll(async () => {
  keys = [await newKey('one')];
});

function fresh(): ServiceAccountTokens {
  now = startMs;
  uids = { 'shop/builder': 'account-1', 'secret shop/s': 'secret-1' };
  tokens = new ServiceAccountTokens({
    issuer,
    keys: { all: async () => keys },
    source: {
      accountUid: async ({ namespace, name }) => uids[`${namespace}/${name}`],
      secretUid: async (namespace, name) => uids[`secret ${namespace}/${name}`],
    },
    clock: { now: () => now, sleep: () => Promise.resolve() },
  });
  return tokens;
}

async function userOf(token: string, audiences: readonly string[] = []): Promise<string> {
  const found = await tokens.authenticateToken(token, audiences);
  return found?.user.username ?? 'nobody';
}

describe('a token', () => {
  test('is its account, with the groups of accounts, until its end', async () => {
    const { token, expiresAtMs } = await fresh().issue(account, [issuer], 600);
    expect(await tokens.authenticateToken(token, [])).toEqual({
      user: {
        username: 'system:serviceaccount:shop:builder',
        uid: 'account-1',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:shop'],
        extra: {
          'authentication.kubernetes.io/credential-id': [expect.stringMatching(/^JTI=[\w-]{36}$/)],
        },
      },
      audiences: [issuer],
      expiresAtMs,
    });
    expect(expiresAtMs).toBe(startMs + 600_000);
    now = expiresAtMs + 6_000;
    expect(await userOf(token)).toBe('nobody');
  });

  test('is for its audiences only', async () => {
    const { token } = await fresh().issue(account, ['vault', 'other'], 600);
    expect(await userOf(token)).toBe('nobody');
    expect((await tokens.authenticateToken(token, ['x', 'vault']))?.audiences).toEqual(['vault']);
  });

  test('ends with its account, also when there is another one of the name', async () => {
    const { token } = await fresh().issue(account, [issuer], 600);
    uids['shop/builder'] = undefined;
    expect(await userOf(token)).toBe('nobody');
    uids['shop/builder'] = 'account-2';
    expect(await userOf(token)).toBe('nobody');
  });

  test('ends with the secret that it is bound to', async () => {
    const bound = { ...account, secret: { name: 's', uid: 'secret-1' } };
    const { token } = await fresh().issue(bound, [issuer], 600);
    expect(await userOf(token)).not.toBe('nobody');
    uids['secret shop/s'] = 'secret-2';
    expect(await userOf(token)).toBe('nobody');
  });

  test('is known after the keys were rotated, until its key is forgotten', async () => {
    const [old] = keys;
    const { token } = await fresh().issue(account, [issuer], 600);
    const next = await newKey('two');
    keys = [next, { kid: old?.kid ?? '', publicJwk: old?.publicJwk ?? {} }];
    expect(await userOf(token)).not.toBe('nobody');
    const signedByNext = await tokens.issue(account, [issuer], 600);
    expect(await userOf(signedByNext.token)).not.toBe('nobody');
    keys = [next];
    expect(await userOf(token)).toBe('nobody');
    keys = old === undefined ? [] : [old];
  });
});

describe('what is no token of ours', () => {
  async function signed(
    claims: Record<string, unknown>,
    protectedHeader: { alg: string; kid?: string } = { alg: 'ES256', kid: 'one' },
    key?: CryptoKey,
  ): Promise<string> {
    const seconds = startMs / 1000;
    const all = {
      iss: issuer,
      sub: 'system:serviceaccount:shop:builder',
      aud: [issuer],
      exp: seconds + 600,
      nbf: seconds,
      iat: seconds,
      jti: 'x',
      'kubernetes.io': {
        namespace: 'shop',
        serviceaccount: { name: 'builder', uid: 'account-1' },
      },
      ...claims,
    };
    const given = Object.fromEntries(
      Object.entries(all).filter(([, value]) => value !== undefined),
    );
    const own = (await importJWK(keys[0]?.privateJwk ?? {}, 'ES256')) as CryptoKey;
    return new SignJWT(given).setProtectedHeader(protectedHeader).sign(key ?? own);
  }

  test('the claims of these tests are good by themselves', async () => {
    fresh();
    expect(await userOf(await signed({}))).toBe('system:serviceaccount:shop:builder');
  });

  test.for<{ name: string; claims: Record<string, unknown> }>([
    { name: 'of another issuer', claims: { iss: 'https://evil.test' } },
    { name: 'that is over', claims: { exp: startMs / 1000 - 60 } },
    { name: 'that never ends', claims: { exp: undefined } },
    { name: 'of tomorrow', claims: { nbf: startMs / 1000 + 86_400 } },
    { name: 'for somebody else', claims: { aud: ['vault'] } },
    { name: 'for nobody', claims: { aud: undefined } },
    { name: 'with another subject than account', claims: { sub: 'system:admin' } },
    { name: 'without an account', claims: { 'kubernetes.io': undefined } },
    {
      name: 'of an account without a uid',
      claims: { 'kubernetes.io': { namespace: 'shop', serviceaccount: { name: 'builder' } } },
    },
    {
      name: 'bound to a secret without a uid',
      claims: {
        'kubernetes.io': {
          namespace: 'shop',
          serviceaccount: { name: 'builder', uid: 'account-1' },
          secret: { name: 's' },
        },
      },
    },
  ])('a token $name', async ({ claims }) => {
    fresh();
    expect(await userOf(await signed(claims))).toBe('nobody');
  });

  test('one with an unknown key, or none', async () => {
    fresh();
    expect(await userOf(await signed({}, { alg: 'ES256', kid: 'three' }))).toBe('nobody');
    expect(await userOf(await signed({}, { alg: 'ES256' }))).toBe('nobody');
  });

  test('one that a stranger signed under the name of our key', async () => {
    fresh();
    const stranger = await generateKeyPair('ES256');
    const forged = await signed({}, { alg: 'ES256', kid: 'one' }, stranger.privateKey);
    expect(await userOf(forged)).toBe('nobody');
  });

  test('one that is signed by another algorithm, or not at all', async () => {
    fresh();
    const good = await signed({});
    const [, payload = ''] = good.split('.');
    expect(
      await userOf(
        new UnsecuredJWT(JSON.parse(Buffer.from(payload, 'base64url').toString())).encode(),
      ),
    ).toBe('nobody');
    expect(await userOf(`${header('none')}.${payload}.`)).toBe('nobody');
    const publicKey = (await importJWK(keys[0]?.publicJwk ?? {}, 'ES256', {
      extractable: true,
    })) as CryptoKey;
    const mac = createHmac('sha256', await exportSPKI(publicKey))
      .update(`${header('HS256')}.${payload}`)
      .digest('base64url');
    expect(await userOf(`${header('HS256')}.${payload}.${mac}`)).toBe('nobody');
  });

  test.for(['', '.', '..', 'a.b.c', 'e30.e30.', `${'A'.repeat(5_000)}.${'B'.repeat(5_000)}.C`])(
    'a text that is none (%#)',
    async (text) => {
      fresh();
      expect(await userOf(text)).toBe('nobody');
    },
  );
});
