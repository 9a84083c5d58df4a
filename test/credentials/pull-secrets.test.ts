import { describe, expect, test } from 'vitest';
import { pullSecretCredentials, type CredentialWarning } from '#src/credentials/pull-secrets.ts';
import type { SecretDocument } from '#src/credentials/secret-source.ts';

const encoded = (text: string): string => Buffer.from(text).toString('base64');

function configSecret(name: string, document: unknown): SecretDocument {
  const text = typeof document === 'string' ? document : JSON.stringify(document);
  return {
    name,
    type: 'kubernetes.io/dockerconfigjson',
    data: { '.dockerconfigjson': encoded(text) },
  };
}

function user(username: string): { auth: string } {
  return { auth: encoded(`${username}:canary-${username}`) };
}

async function users(
  secrets: readonly SecretDocument[],
  registry: string,
  repository: string,
): Promise<string[]> {
  const source = pullSecretCredentials(secrets);
  const found = await source.candidates({ registry, repository, purpose: 'registry' });
  return found.map(({ credential }) => (credential.kind === 'basic' ? credential.username : ''));
}

describe('the order of candidates', () => {
  test('the longest path comes first, then the exact host, then the order of the secrets', async () => {
    const secrets = [
      configSecret('one', { auths: { '*.io': user('glob'), 'quay.io': user('host') } }),
      configSecret('two', { auths: { 'quay.io': user('host2'), 'quay.io/org': user('org') } }),
      configSecret('three', {
        auths: { 'quay.io/org/app': user('app'), '*.io/org': user('globOrg') },
      }),
    ];
    expect(await users(secrets, 'quay.io', 'org/app')).toEqual([
      'app',
      'org',
      'globOrg',
      'host',
      'host2',
    ]);
  });

  test('no more than five are tried', async () => {
    const secrets = Array.from({ length: 9 }, (_, index) =>
      configSecret(`s${index}`, { auths: { 'quay.io': user(`u${index}`) } }),
    );
    expect(await users(secrets, 'quay.io', 'a')).toEqual(['u0', 'u1', 'u2', 'u3', 'u4']);
  });

  test('the same credential under two secrets is tried once', async () => {
    const secrets = ['one', 'two'].map((name) =>
      configSecret(name, { auths: { 'quay.io': user('same') } }),
    );
    expect(await users(secrets, 'quay.io', 'a')).toEqual(['same']);
  });
});

test('a dockercfg secret is the bare map', async () => {
  const secret: SecretDocument = {
    name: 'old',
    type: 'kubernetes.io/dockercfg',
    data: { '.dockercfg': encoded(JSON.stringify({ 'https://index.docker.io/v1/': user('hub') })) },
  };
  expect(await users([secret], 'docker.io', 'library/python')).toEqual(['hub']);
});

test('a candidate tells the secret and the key that matched', async () => {
  const source = pullSecretCredentials([
    configSecret('pull', { auths: { 'http://reg.local:5000/v2/team/': user('alice') } }),
  ]);
  const [candidate] = await source.candidates({
    registry: 'reg.local:5000',
    repository: 'team/app',
    purpose: 'registry',
  });
  expect(candidate).toMatchObject({ source: 'pull', matchedKey: 'http://reg.local:5000/team' });
});

test('the id is equal for equal credentials only, and does not show them', async () => {
  const source = pullSecretCredentials([
    configSecret('a', { auths: { 'a.io': user('x'), 'b.io': user('x'), 'c.io': user('y') } }),
  ]);
  const ids = await Promise.all(
    ['a.io', 'b.io', 'c.io'].map(async (registry) => {
      const [found] = await source.candidates({ registry, purpose: 'registry' });
      return found!.id;
    }),
  );
  expect(ids[0]).toBe(ids[1]);
  expect(ids[0]).not.toBe(ids[2]);
  expect(ids.join()).not.toContain('canary');
});

describe('what cannot be used', () => {
  test('leaves everything else alone and is named without its value', async () => {
    const warnings: CredentialWarning[] = [];
    const source = pullSecretCredentials(
      [
        configSecret('broken', '{"auths": canary'),
        { name: 'empty', type: 'kubernetes.io/dockerconfigjson', data: {} },
        {
          name: 'binary',
          type: 'kubernetes.io/dockercfg',
          data: { '.dockercfg': '***canary***' },
        },
        configSecret('list', { auths: [] }),
        configSecret('mixed', {
          auths: {
            'a.io': { auth: 'canary%' },
            'user:canary@b.io': user('b'),
            'c.io': {},
            'quay.io': user('good'),
          },
          credsStore: 'pass',
          credHelpers: { 'quay.io': 'ecr-login' },
        }),
        { name: 'opaque', type: 'Opaque', data: { any: 'canary' } },
      ],
      { onWarning: (warning) => warnings.push(warning) },
    );
    const found = await source.candidates({ registry: 'quay.io', purpose: 'registry' });
    expect(found.map(({ source: name }) => name)).toEqual(['mixed']);
    expect(warnings.map(({ secret, key }) => `${secret} ${key}`)).toEqual([
      'broken .dockerconfigjson',
      'empty .dockerconfigjson',
      'binary .dockercfg',
      'list auths',
      'mixed credHelpers',
      'mixed credsStore',
      'mixed a.io',
      'mixed b.io',
    ]);
    expect(JSON.stringify(warnings)).not.toContain('canary');
  });
});
