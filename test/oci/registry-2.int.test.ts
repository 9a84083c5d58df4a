/** The client and real registry:2 processes: open, with passwords, with tokens. */
import { createHash } from 'node:crypto';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { seedRegistry } from '#fixtures/push.ts';
import { shapePlacements, shapes } from '#fixtures/shapes.ts';
import { NotFoundError, UnauthorizedError } from '#src/oci/errors/answers.ts';
import type { Descriptor } from '#src/oci/content/types.ts';
import { parseDigest } from '#src/oci/ref/digest.ts';
import { acceptProfile } from '#src/oci/ref/media-type.ts';
import { startCountingProxy, type CountingProxy } from '#test/support/counting-proxy.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { startTokenRegistry } from '#test/support/token-registry.ts';

import { startFake } from './support/fake-registry.ts';
import { everything, basic, candidates, failureOf, hosts, testClient } from './support/client.ts';

const images = shapes();

describe('an open registry', () => {
  let registry: Registry;
  let proxy: CountingProxy;

  beforeAll(async () => {
    registry = await startRegistry();
    await seedRegistry(registry.url, { images: shapePlacements() });
    proxy = await startCountingProxy(registry.url);
  });
  afterAll(async () => {
    await proxy[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  test('a first import of a single image costs two requests', async () => {
    await using client = testClient();
    proxy.reset();
    const image = await client
      .repository(`${proxy.host}/shapes/docker-single`)
      .importImage('latest', { mode: 'legacy' });
    expect(proxy.requests.map(({ method }) => method)).toEqual(['GET', 'GET']);
    expect(image.stats.requests).toBe(2);
    expect(image.top.digest).toBe(images['docker-single'].digest);
    expect(image.selected).toEqual(image.top);
    const [facts] = image.images;
    expect(facts?.platform).toEqual({ os: 'linux', architecture: 'amd64' });
    const blobs = images['docker-single'].blobs.map(({ bytes }) => bytes.length);
    expect(facts?.size).toBe(blobs.reduce((sum, size) => sum + size, 0));
  });

  test('an unchanged tag costs one question, and no content once the registry is known', async () => {
    await using client = testClient();
    const repository = client.repository(`${proxy.host}/shapes/oci-single`);
    proxy.reset();
    const { digest } = images['oci-single'];
    const known = { digest: parseDigest(digest), acceptProfile };
    await expect(repository.resolve('latest', { known })).resolves.toMatchObject({
      kind: 'unchanged',
      via: 'head',
    });
    await expect(repository.resolve('latest', { known })).resolves.toMatchObject({
      kind: 'unchanged',
      via: '304',
    });
    expect(proxy.requests).toMatchObject([
      { method: 'HEAD', status: 200 },
      { method: 'GET', status: 304 },
    ]);
    const third = await repository.importImage('latest', { mode: 'legacy', known });
    expect(third.unchanged).toBe(true);
    expect(proxy.requests).toHaveLength(3);
  });

  test('B9: fifty HEADs in a row use one connection', async () => {
    await using client = testClient();
    const repository = client.repository(`${proxy.host}/shapes/oci-single`);
    proxy.reset();
    for (let index = 0; index < 50; index += 1) await repository.resolve('latest');
    expect(proxy.count('HEAD')).toBe(50);
    expect(proxy.sockets.accepted).toBe(1);
  });

  test.for([undefined, 'keep-alive'])(
    'B9: so they do where the server says Connection: %s',
    async (connection) => {
      await using fake = await startFake({
        answer: (_seen, response) => {
          if (connection === undefined) response.removeHeader('connection');
          else response.setHeader('connection', connection);
          return false;
        },
      });
      await using client = testClient();
      const repository = client.repository(`${fake.host}/acme/app`);
      for (let index = 0; index < 50; index += 1) await repository.resolve('v1');
      expect(fake.methods()).toHaveLength(50);
      expect(fake.connections()).toBe(1);
    },
  );

  test('B22: many requests at once use at most eight connections', async () => {
    await using client = testClient();
    const repository = client.repository(`${proxy.host}/shapes/oci-single`);
    proxy.reset();
    await Promise.all(Array.from({ length: 200 }, async () => repository.resolve('latest')));
    expect(proxy.peakInFlight).toBeLessThanOrEqual(8);
    expect(proxy.sockets.accepted).toBeLessThanOrEqual(8);
  });

  test('a legacy import of a list takes the preferred platform', async () => {
    await using client = testClient();
    const image = await client
      .repository(`${proxy.host}/shapes/docker-list`)
      .importImage('latest', {
        mode: 'legacy',
        platform: { prefer: { os: 'linux', architecture: 's390x' } },
      });
    expect(image.top.digest).toBe(images['docker-list'].digest);
    expect(image.selected.digest).toBe(images['docker-list'].children[3]?.digest);
    expect(image.images).toHaveLength(1);
  });

  test('preserve-original keeps every image of an index and leaves attestations out', async () => {
    await using client = testClient();
    const image = await client
      .repository(`${proxy.host}/shapes/oci-index-attested`)
      .importImage('latest', { mode: 'preserve-original' });
    expect(image.selected.digest).toBe(images['oci-index-attested'].digest);
    expect(image.images.map(({ platform }) => platform?.architecture)).toEqual(['amd64', 'arm64']);
    expect(image.skipped.map(({ why }) => why)).toEqual(['attestation', 'attestation']);
  });

  test('an index in an index is followed', async () => {
    await using client = testClient();
    const repository = client.repository(`${proxy.host}/shapes/oci-index-nested`);
    const legacy = await repository.importImage('latest', { mode: 'legacy' });
    expect(legacy.images[0]?.platform?.architecture).toBe('amd64');
    const all = await repository.importImage('latest', { mode: 'preserve-original' });
    expect(all.images).toHaveLength(2);
  });

  test('an artifact has no config to fetch', async () => {
    await using client = testClient();
    const image = await client
      .repository(`${proxy.host}/shapes/helm-chart`)
      .importImage('latest', { mode: 'legacy' });
    expect(image.images[0]?.manifest.kind).toBe('artifact');
    expect(image.stats.requests).toBe(1);
  });

  test('blobs are streamed and compared with their digest', async () => {
    await using client = testClient();
    const [config] = images['oci-single'].blobs;
    const descriptor: Descriptor = {
      mediaType: 'application/octet-stream',
      digest: parseDigest(config!.digest),
      size: config!.bytes.length,
    };
    const { blobs } = client.repository(`${proxy.host}/shapes/oci-single`);
    const bytes = await (await blobs.fetch(descriptor)).bytes();
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(descriptor.digest.slice(7));
    await expect(blobs.stat(descriptor.digest)).resolves.toMatchObject({ size: descriptor.size });
    const shorter = { ...descriptor, size: descriptor.size - 1 };
    const failure = await failureOf((await blobs.fetch(shorter)).bytes());
    expect(failure).toMatchObject({ code: 'SIZE_MISMATCH' });
  });

  test('tags are listed', async () => {
    await using client = testClient();
    const pages = await everything(
      client.repository(`${proxy.host}/shapes/oci-single`).tags({ pageSize: 1 }),
    );
    expect(pages.flatMap(({ tags }) => tags)).toEqual(['latest']);
  });

  test('referrers of a registry without the API are asked for by tag, and there are none', async () => {
    await using client = testClient();
    const repository = client.repository(`${proxy.host}/shapes/oci-single`);
    const { descriptor } = await repository.manifests.get('latest');
    await expect(everything(repository.referrers(descriptor))).resolves.toEqual([]);
    proxy.reset();
    await everything(repository.referrers(descriptor));
    expect(proxy.count('GET', /referrers/u)).toBe(0);
  });

  test('a tag that is not there is confirmed by one GET', async () => {
    await using client = testClient();
    proxy.reset();
    const repository = client.repository(`${proxy.host}/shapes/oci-single`);
    const failure = await failureOf(repository.resolve('nope'));
    expect(failure).toBeInstanceOf(NotFoundError);
    expect(failure).toMatchObject({ code: 'MANIFEST_UNKNOWN', confirmed: true, what: 'manifest' });
    expect(proxy.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('a host that is configured insecure is asked by https first, and then by http for good', async () => {
    await using client = testClient({ hosts: hosts({ scheme: 'https-then-http' }) });
    const repository = client.repository(`${proxy.host}/shapes/oci-single`);
    await expect(repository.resolve('latest')).resolves.toMatchObject({ kind: 'resolved' });
    proxy.reset();
    await repository.resolve('latest');
    expect(proxy.sockets.accepted).toBe(0);
    await expect(client.ping(proxy.host)).resolves.toMatchObject({ api: 'v2', scheme: 'http' });
  });

  test('a registry without TLS is not asked by http when it is not insecure', async () => {
    await using client = testClient({ hosts: hosts({}) });
    proxy.reset();
    const failure = await failureOf(
      client.repository(`${proxy.host}/shapes/oci-single`).resolve('latest'),
    );
    expect(failure).toMatchObject({ code: 'TLS', reason: 'not-tls' });
    expect(proxy.requests).toEqual([]);
  });
});

describe('a registry with passwords', () => {
  let registry: Registry;

  beforeAll(async () => {
    registry = await startRegistry({ htpasswd: { user: 'ann', password: 's3cret' } });
    await seedRegistry(registry.url, {
      images: shapePlacements(),
      credentials: { username: 'ann', password: 's3cret' },
    });
  });
  afterAll(async () => {
    await registry[Symbol.asyncDispose]();
  });

  test('lets in who knows the password', async () => {
    await using client = testClient({ credentials: candidates(basic('ann', 's3cret')) });
    const image = await client
      .repository(`${registry.host}/shapes/docker-single`)
      .importImage('latest', { mode: 'legacy' });
    expect(image.stats.requests).toBe(3);
    const again = await client
      .repository(`${registry.host}/shapes/docker-single`)
      .importImage('latest', { mode: 'legacy' });
    expect(again.stats.requests).toBe(2);
  });

  test('B7: tries the next credential when one is refused, and remembers which one worked', async () => {
    await using proxy = await startCountingProxy(registry.url);
    await using client = testClient({
      credentials: candidates(basic('ann', 'wrong'), basic('ann', 's3cret')),
    });
    const repository = client.repository(`${proxy.host}/shapes/docker-single`);
    await repository.resolve('latest');
    expect(proxy.requests.map(({ status }) => status)).toEqual([401, 401, 200]);
    proxy.reset();
    await repository.resolve('latest');
    expect(proxy.requests.map(({ status }) => status)).toEqual([200]);
  });

  test.for([
    { name: 'no credential', credentials: candidates(), tried: 0 },
    {
      name: 'wrong credentials only',
      credentials: candidates(basic('ann', 'x'), basic('bob', 'y')),
      tried: 2,
    },
  ])('answers unauthorized to $name', async ({ credentials, tried }) => {
    await using client = testClient({ credentials });
    const failure = await failureOf(
      client.repository(`${registry.host}/shapes/docker-single`).manifests.get('latest'),
    );
    expect(failure).toBeInstanceOf(UnauthorizedError);
    expect(failure).toMatchObject({ code: 'UNAUTHORIZED', triedCredentials: tried });
  });
});

describe('a registry with tokens', () => {
  test('B2, B3: costs a challenge and a token once, then nothing but the requests', async () => {
    await using both = await startTokenRegistry({ users: { ann: 's3cret' } });
    const { registry, tokens } = both;
    await using proxy = await startCountingProxy(registry.url);
    await pushWithToken(registry, tokens.realm, tokens.service);
    await using client = testClient({ credentials: candidates(basic('ann', 's3cret')) });
    const asked = tokens.requests.length;
    const repository = client.repository(`${proxy.host}/shapes/docker-single`);
    const image = await repository.importImage('latest', { mode: 'legacy' });
    expect(image.stats).toMatchObject({ requests: 3, tokenRequests: 1 });
    expect(proxy.requests.map(({ status }) => status)).toEqual([401, 200, 200]);
    await repository.resolve('latest');
    expect(tokens.requests).toHaveLength(asked + 1);
    const others = client.with({ credentials: candidates() });
    const failure = await failureOf(
      others.repository(`${proxy.host}/shapes/docker-single`).manifests.get('latest'),
    );
    expect(failure).toBeInstanceOf(UnauthorizedError);
  });

  test('B2: a hundred cold calls at once ask for one token', async () => {
    await using both = await startTokenRegistry({ users: { ann: 's3cret' } });
    const { registry, tokens } = both;
    await pushWithToken(registry, tokens.realm, tokens.service);
    await using client = testClient({ credentials: candidates(basic('ann', 's3cret')) });
    const asked = tokens.requests.length;
    const repository = client.repository(`${registry.host}/shapes/docker-single`);
    await Promise.all(Array.from({ length: 100 }, async () => repository.resolve('latest')));
    expect(tokens.requests.length - asked).toBe(1);
  });
});

/** Pushes one image to a registry that wants a token for it. */
async function pushWithToken(registry: Registry, realm: string, service: string): Promise<void> {
  const image = images['docker-single'];
  const repository = 'shapes/docker-single';
  const url = new URL(realm);
  url.searchParams.set('service', service);
  url.searchParams.set('scope', `repository:${repository}:pull,push`);
  const answer = await fetch(url, { headers: { authorization: `Basic ${btoa('ann:s3cret')}` } });
  const { token } = (await answer.json()) as { token: string };
  const authorization = `Bearer ${token}`;
  for (const blob of image.blobs) {
    const started = await fetch(`${registry.url}/v2/${repository}/blobs/uploads/`, {
      method: 'POST',
      headers: { authorization },
    });
    const target = new URL(started.headers.get('location') ?? '', registry.url);
    target.searchParams.set('digest', blob.digest);
    const pushed = await fetch(target, {
      method: 'PUT',
      headers: { authorization, 'content-type': 'application/octet-stream' },
      body: new Uint8Array(blob.bytes),
    });
    expect(pushed.status).toBe(201);
  }
  const pushed = await fetch(`${registry.url}/v2/${repository}/manifests/latest`, {
    method: 'PUT',
    headers: { authorization, 'content-type': image.mediaType },
    body: new Uint8Array(image.bytes),
  });
  expect(pushed.status).toBe(201);
}
