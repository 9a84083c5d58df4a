/** What is known of registries, each with what it changes on the wire. Their names lead to a server of this process. */
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import type { HostConfig, HostProfile } from '#src/oci/hosts/config.ts';
import { parseDigest } from '#src/oci/ref/digest.ts';
import { acceptProfile } from '#src/oci/ref/media-type.ts';

import { basic, candidates, everything, failureOf, hosts, testClient } from '../support/client.ts';
import {
  image,
  startFake,
  type Answer,
  type FakeRegistry,
  type Seen,
} from '../support/fake-registry.ts';

const known = { digest: parseDigest(image.digest), acceptProfile };
const nobodys = 'registry.example.com:5000';

/** The registry of any name, by plain HTTP. */
function standing({ host }: FakeRegistry, more: HostConfig = {}): ReturnType<typeof hosts> {
  return hosts({ scheme: 'http', endpoint: host, ...more });
}

describe('requests a second', () => {
  test.for([
    ['docker.io:5000', 10, 1000],
    ['ghcr.io:5000', 5, 167],
    ['quay.io:5000', 10, 3334],
    ['gcr.io:5000', 80, 1000],
    ['corp.azurecr.io:5000', 16, 1000],
  ] as const)(
    '%s gets %i at once, and as many more every %i ms',
    async ([name, burst, everyMs]) => {
      await using registry = await startFake();
      await using client = testClient({ hosts: standing(registry) });
      const controller = new AbortController();
      const { signal } = controller;
      const started = performance.now();
      const calls = Array.from({ length: 2000 }, async () =>
        client.repository(`${name}/acme/app`).resolve('v1', { signal }),
      );
      await expect.poll(() => registry.seen.length).toBeGreaterThanOrEqual(burst);
      await sleep(100);
      const seen = registry.seen.length;
      const windows = 1 + Math.floor((performance.now() - started) / everyMs);

      controller.abort();
      await Promise.allSettled(calls);

      expect(seen).toBeLessThanOrEqual(burst * windows);
    },
  );

  test('a mirror is asked by what is known of the mirror', async () => {
    await using mirror = await startFake();
    await using client = testClient({
      hosts: hosts({
        scheme: 'http',
        mirrors: [{ endpoint: mirror.host, pullFromMirror: 'all', scheme: 'http' }],
      }),
    });
    const calls = Array.from({ length: 40 }, async () =>
      client.repository('quay.io:5000/acme/app').resolve('v1'),
    );

    await Promise.all(calls);

    // Quay's ten at once are Quay's.
    expect(mirror.seen).toHaveLength(40);
  });
});

describe('pages of tags', () => {
  test.for([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com:5000', '?n=1000'],
    [nobodys, ''],
  ])('%s is asked for tags/list%s', async ([name = '', query]) => {
    await using registry = await startFake({ answer: listing });
    await using client = testClient({ hosts: standing(registry) });
    const repository = client.repository(`${name}/acme/app`);

    await everything(repository.tags());
    await everything(repository.tags({ pageSize: 7 }));

    expect(registry.seen.map(({ path }) => path)).toEqual([
      `/v2/acme/app/tags/list${query}`,
      '/v2/acme/app/tags/list?n=7',
    ]);
  });
});

describe('authentication', () => {
  test.for([
    ['123456789012.dkr.ecr.eu-west-1.amazonaws.com:5000', [true]],
    [nobodys, [false, true]],
  ] as const)('%s is shown Basic credentials: %j', async ([name, shown]) => {
    await using registry = await startFake({
      answer: ({ headers }, response) => {
        if (headers.authorization !== undefined) return false;
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return true;
      },
    });
    await using client = testClient({
      hosts: standing(registry),
      credentials: candidates(basic('AWS', 'for twelve hours')),
    });

    await client.repository(`${name}/acme/app`).resolve('v1');

    expect(registry.seen.map(({ headers }) => headers.authorization !== undefined)).toEqual(shown);
  });

  test.for([
    ['gcr.io:5000', ['GET']],
    ['europe-docker.pkg.dev:5000', ['GET']],
    ['corp.jfrog.io:5000', ['GET']],
    [nobodys, ['POST']],
  ] as const)('%s is asked for a token of an identity by %j', async ([name, methods]) => {
    await using registry = await startFake({ answer: wantingTokens() });
    await using client = testClient({
      hosts: standing(registry),
      credentials: candidates({ kind: 'identity', refreshToken: 'refresh' }),
      network: { realm: { trusted: { [name]: [registry.host] } } },
    });

    await client.repository(`${name}/acme/app`).resolve('v1');

    expect(tokenMethods(registry)).toEqual(methods);
  });
});

describe('a pause in words', () => {
  test.for([
    ['ghcr.io:5000', { asked: true, retryAt: new Date(90_000) }, 1],
    [nobodys, { asked: false, retryAt: new Date(30_000) }, 3],
  ] as const)('%s: %j', async ([name, expected, requests]) => {
    await using registry = await startFake({
      answer: (_seen, response) => {
        const message = 'retry-after: 1m30s, allowed: 2000/minute';
        response.writeHead(429, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ errors: [{ code: 'TOOMANYREQUESTS', message }] }));
        return true;
      },
    });
    await using client = testClient({ hosts: standing(registry), now: () => 0 });
    const repository = client.repository(`${name}/acme/app`);

    expect(await failureOf(repository.manifests.get('v1'))).toMatchObject({
      name: 'RateLimitedError',
      ...expected,
    });

    expect(registry.seen).toHaveLength(requests);
    if (!expected.asked) return;
    // The whole process keeps to it.
    expect(await failureOf(repository.manifests.get('v2'))).toMatchObject(expected);
    expect(registry.seen).toHaveLength(requests);
  });
});

describe('checks of a tag', () => {
  const distribution = { 'docker-distribution-api-version': 'registry/2.0' };

  test.for([
    ['registry.gitlab.com:5000', ['GET', 'GET']],
    // A GET counts as a pull there, whatever it is answered.
    ['docker.io:5000', ['HEAD', 'HEAD']],
    ['quay.io:5000', ['HEAD', 'HEAD']],
    [nobodys, ['HEAD', 'GET']],
  ] as const)('%s, which calls itself registry/2.0, is asked by %j', async ([name, methods]) => {
    await using registry = await startFake({ answer: answering(distribution) });

    expect(await checks(registry, name)).toEqual(methods);
  });

  test.for<readonly [string, Readonly<Record<string, string>>, string, readonly string[]]>([
    ['registry:2', distribution, 'other', ['HEAD', 'GET']],
    ['Harbor', {}, 'harbor-registry', ['HEAD', 'GET']],
    ['GitLab', {}, 'container_registry', ['HEAD', 'GET']],
    ['Nexus', { server: 'Nexus/3.70.1-02 (OSS)', ...distribution }, 'other', ['HEAD', 'HEAD']],
    [
      'Artifactory',
      { 'x-jfrog-version': 'Artifactory/7.90', ...distribution },
      'other',
      ['HEAD', 'HEAD'],
    ],
    ['an unknown registry', {}, 'other', ['HEAD', 'HEAD']],
  ])('%s is known by its answers', async ([, headers, service, methods]) => {
    await using registry = await startFake({
      answer: wantingTokens(answering(headers), { service }),
    });

    expect(await checks(registry, nobodys)).toEqual(methods);
  });

  test('Artifactory is not asked for a second token by POST', async () => {
    let now = 0;
    const answer = answering({ 'x-jfrog-version': 'Artifactory/7.90' });
    await using registry = await startFake({ answer: wantingTokens(answer, { postStatus: 401 }) });
    await using client = testClient({
      hosts: standing(registry),
      credentials: candidates({ kind: 'identity', refreshToken: 'refresh' }),
      network: { realm: { trusted: { [nobodys]: [registry.host] } } },
      now: () => now,
    });
    const repository = client.repository(`${nobodys}/acme/app`);

    await repository.resolve('v1');
    now += 60_000;
    await repository.resolve('v1');

    expect(tokenMethods(registry)).toEqual(['POST', 'GET', 'GET']);
  });

  test('a registry that sends what is known already is asked by HEAD again', async () => {
    await using registry = await startFake({ answer: answering(distribution, false) });

    expect(await checks(registry, nobodys, {}, 4)).toEqual(['HEAD', 'GET', 'HEAD', 'HEAD']);
  });

  test.for<readonly [Partial<HostProfile>, readonly string[]]>([
    [{ tagCheck: 'head' }, ['HEAD', 'HEAD']],
    [{ tagCheck: 'get' }, ['GET', 'GET']],
    [{ preemptiveAuth: true }, ['HEAD', 'GET']],
  ])('what is configured counts first: %j', async ([profile, methods]) => {
    await using registry = await startFake({ answer: answering(distribution) });

    expect(await checks(registry, nobodys, profile)).toEqual(methods);
  });
});

/** Methods of checks of a tag that does not move, one after the other. */
async function checks(
  registry: FakeRegistry,
  name: string,
  profile: Partial<HostProfile> = {},
  times = 2,
): Promise<string[]> {
  await using client = testClient({ hosts: standing(registry, { profile }) });
  for (let time = 0; time < times; time += 1)
    expect(await client.repository(`${name}/acme/app`).resolve('v1', { known })).toMatchObject({
      kind: 'unchanged',
      digest: image.digest,
    });
  return registry.seen
    .filter((seen) => seen.path.includes('/manifests/') && !refused.has(seen))
    .map(({ method }) => method);
}

const refused = new WeakSet<Seen>();

/** Wants a token of its own server, which gives one to everybody, by POST or not. */
function wantingTokens(
  answer: Answer = () => false,
  { service = 'other', postStatus = 200 }: { service?: string; postStatus?: number } = {},
): Answer {
  return (seen, response, registry) => {
    const { method, path, headers } = seen;
    if (path.startsWith('/token')) {
      response.writeHead(method === 'POST' ? postStatus : 200).end('{"token":"t"}');
      return true;
    }
    if (headers.authorization === 'Bearer t') return answer(seen, response, registry);
    refused.add(seen);
    const challenge = `Bearer realm="${registry.url}/token",service="${service}"`;
    response.writeHead(401, { 'www-authenticate': challenge }).end();
    return true;
  };
}

function tokenMethods({ seen }: FakeRegistry): string[] {
  return seen.filter(({ path }) => path.startsWith('/token')).map(({ method }) => method);
}

/** Answers with these headers, and 304 to who has it already. */
function answering(headers: Readonly<Record<string, string>>, heedsConditions = true): Answer {
  return (seen, response) => {
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (!heedsConditions || seen.headers['if-none-match'] !== `"${image.digest}"`) return false;
    response.writeHead(304).end();
    return true;
  };
}

const listing: Answer = ({ path }, response) => {
  if (!path.includes('/tags/list')) return false;
  response.writeHead(200, { 'content-type': 'application/json' }).end('{"tags":["v1"]}');
  return true;
};
