import { describe, expect, test } from 'vitest';

import { pullScope } from '#src/oci/auth/scope.ts';
import type { Client } from '#src/oci/registry/client.ts';

import { basic, candidates, testClient } from '../support/client.ts';
import { startFake, type Answer, type FakeRegistry } from '../support/fake-registry.ts';

const names = Array.from({ length: 20 }, (_, index) => `acme/app${String(index).padStart(2, '0')}`);

interface Refusals {
  /** Status of the answer to a request for a token, by its scopes; 200 when absent. */
  readonly tokenStatus?: (scopes: readonly string[]) => number;
  /** Whether the registry lets a token in that has the scope. */
  readonly lets?: (repository: string, scopes: readonly string[]) => boolean;
}

/** Tokens say what they are for: to whom, and which scopes. */
function scoped({ tokenStatus = () => 200, lets = () => true }: Refusals = {}): Answer {
  return ({ path, headers }, response, registry) => {
    const { authorization = '' } = headers;
    if (path.startsWith('/token')) {
      const scopes = new URL(path, registry.url).searchParams.getAll('scope');
      const token = Buffer.from(JSON.stringify({ authorization, scopes })).toString('base64url');
      response.writeHead(tokenStatus(scopes)).end(JSON.stringify({ token, expires_in: 60 }));
      return true;
    }
    const repository = /^\/v2\/(.+)\/manifests\//u.exec(path)?.[1] ?? '';
    const given = scopesOf(authorization);
    if (given.includes(pullScope(repository)) && lets(repository, given)) return false;
    const wanted = `realm="${registry.url}/token",service="fake",scope="${pullScope(repository)}"`;
    response.writeHead(401, { 'www-authenticate': `Bearer ${wanted}` }).end();
    return true;
  };
}

function scopesOf(authorization: string): string[] {
  if (!authorization.startsWith('Bearer ')) return [];
  const text = Buffer.from(authorization.slice('Bearer '.length), 'base64url').toString('utf8');
  return (JSON.parse(text) as { scopes: string[] }).scopes;
}

/** The scopes of each token that was asked for, in their order. */
function tokens({ seen, url }: FakeRegistry): string[][] {
  return seen
    .filter(({ path }) => path.startsWith('/token'))
    .map(({ path }) => new URL(path, url).searchParams.getAll('scope'));
}

function isGroup({ length }: readonly string[]): boolean {
  return length > 1;
}

/** Asks for a tag of each repository, one after the other, in one group. */
async function askAll(client: Client, host: string, group: readonly string[]): Promise<void> {
  const grouped = client.with({ tokenGroups: () => group });
  for (const name of group) await grouped.repository(`${host}/${name}`).resolve('v1');
}

test('sixteen repositories cost one token; those beyond have tokens of their own', async () => {
  await using registry = await startFake({ answer: scoped() });
  await using client = testClient();
  await askAll(client, registry.host, names);
  expect(tokens(registry)).toEqual([
    names.slice(0, 16).map(pullScope),
    ...names.slice(16).map((name) => [pullScope(name)]),
  ]);
  // Each once, and the very first twice: it was told how to ask.
  expect(registry.methods()).toHaveLength(names.length + 1);
});

describe('a repository that the shared token does not open', () => {
  const group = names.slice(0, 4);

  test('is asked for with a token of its own, and the others are not', async () => {
    const answer = scoped({
      lets: (repository, scopes) => repository !== group[2] || scopes.length === 1,
    });
    await using registry = await startFake({ answer });
    await using client = testClient();
    await askAll(client, registry.host, group);
    const own = tokens(registry).filter(({ length }) => length === 1);
    expect(new Set(own.flat())).toEqual(new Set([pullScope(group[2]!)]));
  });

  test('nor its own token, is refused as it would be alone', async () => {
    await using registry = await startFake({
      answer: scoped({ lets: (repository) => repository !== group[0] }),
    });
    await using client = testClient();
    const repository = client
      .with({ tokenGroups: () => group })
      .repository(`${registry.host}/${group[0]!}`);
    await expect(repository.resolve('v1')).rejects.toMatchObject({ status: 401 });
  });
});

describe('a token server that', () => {
  const group = names.slice(0, 4);

  test.for([400, 403])(
    'refuses tokens for several with %s is asked for one once',
    async (status) => {
      const answer = scoped({ tokenStatus: (scopes) => (isGroup(scopes) ? status : 200) });
      await using registry = await startFake({ answer });
      await using client = testClient();
      await askAll(client, registry.host, group);
      expect(tokens(registry).filter(isGroup)).toHaveLength(1);
      expect(tokens(registry).slice(1)).toEqual(group.map((name) => [pullScope(name)]));
    },
  );

  test('fails for a while is asked for several again', async () => {
    let fails = true;
    const answer = scoped({ tokenStatus: (scopes) => (isGroup(scopes) && fails ? 500 : 200) });
    await using registry = await startFake({ answer });
    await using client = testClient();
    const grouped = client.with({ tokenGroups: () => group });
    await grouped.repository(`${registry.host}/${group[0]!}`).resolve('v1');
    fails = false;
    await grouped.repository(`${registry.host}/${group[1]!}`).resolve('v1');
    expect(tokens(registry).at(-1)).toEqual(group.map(pullScope));
  });
});

test('two identities never share a token', async () => {
  await using registry = await startFake({ answer: scoped() });
  await using client = testClient();
  const group = names.slice(0, 2);
  for (const user of ['alice', 'bob'])
    await askAll(
      client.with({ credentials: candidates(basic(user, 'secret')) }),
      registry.host,
      group,
    );
  expect(tokens(registry)).toEqual([group.map(pullScope), group.map(pullScope)]);
  const users = registry.seen
    .filter(({ path }) => path.startsWith('/token'))
    .map(({ headers }) => Buffer.from(headers.authorization!.slice(6), 'base64').toString());
  expect(users).toEqual(['alice:secret', 'bob:secret']);
});
