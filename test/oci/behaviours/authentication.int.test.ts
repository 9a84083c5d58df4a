import { describe, expect, test } from 'vitest';

import { UnauthorizedError } from '#src/oci/errors/answers.ts';

import { basic, candidates, failureOf, testClient } from '../support/client.ts';
import { bearer, startFake } from '../support/fake-registry.ts';

const users = { ann: 's3cret', bob: 'other' };
const ann = candidates(basic('ann', 's3cret'));

function tokensOf(registry: { seen: readonly { path: string }[] }): number {
  return registry.seen.filter(({ path }) => path.startsWith('/token')).length;
}

describe('tokens', () => {
  test('B3, B4: a token is used until ten seconds before its end, by our own clock; no second 401', async () => {
    let now = 1_800_000_000_000;
    await using registry = await startFake({
      answer: bearer(users, (number, user) => ({
        access_token: `token-${number}-${user}`,
        expires_in: 60,
        issued_at: new Date(0).toISOString(),
      })),
    });
    await using client = testClient({ credentials: ann, now: () => now });
    const repository = client.repository(`${registry.host}/acme/app`);
    await repository.resolve('v1');
    now += 49_000;
    await repository.resolve('v1');
    expect(tokensOf(registry)).toBe(1);
    now += 2000;
    await repository.resolve('v1');
    expect(tokensOf(registry)).toBe(2);
    expect(registry.methods()).toHaveLength(4);
  });

  test('B5: a token that is revoked is fetched once more; twice is unauthorized', async () => {
    await using registry = await startFake({ answer: bearer(users) });
    await using client = testClient({ credentials: ann });
    const repository = client.repository(`${registry.host}/acme/app`);
    await repository.resolve('v1');
    registry.revoked.add('token-1-ann');
    await repository.resolve('v1');
    expect(tokensOf(registry)).toBe(2);
    for (let number = 2; number < 9; number += 1) registry.revoked.add(`token-${number}-ann`);
    const failure = await failureOf(repository.resolve('v1'));
    expect(failure).toBeInstanceOf(UnauthorizedError);
  });

  test('B6: nobody is let in by the token of another, whatever happens at the same time', async () => {
    await using registry = await startFake({ answer: bearer(users) });
    await using client = testClient();
    const tenants = [
      client.with({ credentials: ann }),
      client.with({ credentials: candidates(basic('bob', 'other')) }),
    ];
    const nobody = client.with({ credentials: candidates() });
    await Promise.all(
      Array.from({ length: 30 }, async (_, index) => {
        await tenants[index % 2]!.repository(`${registry.host}/acme/app`).resolve(`t${index % 2}`);
        await expect(
          nobody.repository(`${registry.host}/acme/app`).manifests.get('t2'),
        ).rejects.toBeInstanceOf(UnauthorizedError);
      }),
    );
    const shown = registry.seen.flatMap(({ path, headers }) => {
      const user = /^Bearer token-\d+-(.*)$/u.exec(headers.authorization ?? '')?.[1];
      return user === undefined ? [] : [`${path.slice(-2)} ${user}`];
    });
    // Tag, and whose token came with it.
    expect(new Set(shown)).toEqual(new Set(['t0 ann', 't1 bob', 't2 ']));
  });

  test('two clients with equal credentials share tokens', async () => {
    await using registry = await startFake({ answer: bearer(users) });
    await using client = testClient();
    for (let index = 0; index < 3; index += 1)
      await client
        .with({ credentials: candidates(basic('ann', 's3cret')) })
        .repository(`${registry.host}/acme/app`)
        .resolve('v1');
    expect(tokensOf(registry)).toBe(1);
  });

  test('B7: a password that the token server refuses is followed by the next, and by nobody at last', async () => {
    await using registry = await startFake({ answer: bearer({ ...users, '': '' }) });
    await using client = testClient({
      credentials: candidates(basic('ann', 'wrong'), basic('bob', 'other')),
    });
    const repository = client.repository(`${registry.host}/acme/app`);
    await repository.resolve('v1');
    expect(tokensOf(registry)).toBe(2);
    await repository.resolve('v1');
    expect(tokensOf(registry)).toBe(2);
    const stale = client.with({ credentials: candidates(basic('ann', 'stale')) });
    await expect(
      stale.repository(`${registry.host}/acme/public`).resolve('v1'),
    ).resolves.toMatchObject({ kind: 'resolved' });
  });

  test.for([200, 404, 405, 401, 400])(
    'B8: an identity token is posted as a form; GET where POST is answered %s',
    async (status) => {
      await using registry = await startFake({
        answer: (seen, response, self) => {
          if (seen.method !== 'POST')
            return bearer({ '<token>': 'refresh' }, answerOf)(seen, response, self);
          response.writeHead(status).end(JSON.stringify({ access_token: 'token-1-<token>' }));
          return true;
        },
      });
      await using client = testClient({
        credentials: candidates({ kind: 'identity', refreshToken: 'refresh' }),
      });
      await client.repository(`${registry.host}/acme/app`).resolve('v1');
      const [post, get] = registry.seen.filter(({ path }) => path.startsWith('/token'));
      expect(post?.body).toBe(
        'grant_type=refresh_token&service=fake&client_id=oci-client-ts' +
          '&scope=repository%3Aacme%2Fapp%3Apull&refresh_token=refresh',
      );
      expect(get === undefined).toBe(status === 200);
    },
  );

  test('a registry token is sent as it is', async () => {
    await using registry = await startFake({ answer: bearer({ x: '' }) });
    await using client = testClient({
      credentials: candidates({ kind: 'bearer', token: 'token-9-x' }),
    });
    await client.repository(`${registry.host}/acme/app`).resolve('v1');
    expect(tokensOf(registry)).toBe(0);
  });

  test('no password goes over plain HTTP under a key that does not say so', async () => {
    await using registry = await startFake({ answer: bearer(users) });
    const credentials = {
      candidates: async () => {
        const [one] = await ann.candidates({ registry: registry.host, purpose: 'registry' });
        return [{ ...one!, matchedKey: '127.0.0.1' }];
      },
    };
    await using client = testClient({ credentials });
    const failure = await failureOf(client.repository(`${registry.host}/acme/app`).resolve('v1'));
    expect(failure).toBeInstanceOf(UnauthorizedError);
    expect(
      registry.seen.every(({ headers }) => headers.authorization?.startsWith('Basic') !== true),
    ).toBe(true);
    expect(client.events).toContainEqual(expect.objectContaining({ why: 'downgrade' }));
  });
});

function answerOf(number: number, user: string): object {
  return { token: `token-${number}-${user}` };
}
