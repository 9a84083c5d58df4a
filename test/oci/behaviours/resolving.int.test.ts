import { describe, expect, test } from 'vitest';

import { parseDigest } from '#src/oci/ref/digest.ts';
import { acceptProfile, manifestAccept } from '#src/oci/ref/media-type.ts';

import { failureOf, testClient } from '../support/client.ts';
import { image, startFake } from '../support/fake-registry.ts';

const digest = parseDigest(image.digest);
const known = { digest, acceptProfile };

describe('resolving', () => {
  test.for([405, 404, 400])(
    'B10: where HEAD is answered %s and GET is not, GET is used from then on',
    async (status) => {
      await using registry = await startFake({
        answer: ({ method }, response) => {
          if (method !== 'HEAD') return false;
          response.writeHead(status).end();
          return true;
        },
      });
      await using client = testClient();
      const repository = client.repository(`${registry.host}/acme/app`);
      await expect(repository.resolve('v1')).resolves.toMatchObject({
        kind: 'resolved',
        verified: true,
        descriptor: { digest },
      });
      await repository.resolve('v1');
      expect(registry.methods()).toEqual(['HEAD', 'GET', 'GET']);
    },
  );

  test('B10: a HEAD without a digest is followed by a GET', async () => {
    await using registry = await startFake({
      answer: ({ method }, response) => {
        if (method !== 'HEAD') return false;
        response.writeHead(200, { 'content-type': image.mediaType }).end();
        return true;
      },
    });
    await using client = testClient();
    const result = await client.repository(`${registry.host}/acme/app`).resolve('v1');
    expect(result).toMatchObject({ descriptor: { digest }, verified: true });
  });

  test('B11: 304 is unchanged, without a look at its headers', async () => {
    await using registry = await startFake({
      answer: ({ headers }, response) => {
        if (headers['if-none-match'] !== `"${digest}"`) return false;
        response.writeHead(304, { 'docker-content-digest': `sha256:${'0'.repeat(64)}` }).end();
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    await expect(
      repository.resolve('v1', { known, method: 'conditional-get' }),
    ).resolves.toMatchObject({ kind: 'unchanged', via: '304', digest });
    expect(registry.methods()).toEqual(['GET']);
  });

  test('B12: the same Accept on HEAD and GET; another profile makes what is known void', async () => {
    await using registry = await startFake();
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    await expect(
      repository.resolve('v1', { known: { digest, acceptProfile: 'v0' } }),
    ).resolves.toMatchObject({ kind: 'resolved' });
    await repository.manifests.get('v1');
    expect(new Set(registry.seen.map(({ headers }) => headers.accept))).toEqual(
      new Set([manifestAccept]),
    );
  });

  test('B13: a tag that has changed is fetched by its digest, and by the tag when that is gone', async () => {
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.includes('/manifests/sha256:')) return false;
        response.writeHead(404).end();
        return true;
      },
    });
    await using client = testClient();
    const old = { digest: parseDigest(`sha256:${'0'.repeat(64)}`), acceptProfile };
    const result = await client
      .repository(`${registry.host}/acme/app`)
      .importImage('v1', { mode: 'legacy', known: old });
    expect(result.top.digest).toBe(digest);
    expect(registry.methods()).toEqual(['HEAD', 'GET', 'HEAD', 'GET', 'GET', 'GET']);
  });

  test('B14: one wrong bit is never let through', async () => {
    let at = 0;
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.endsWith(digest)) return false;
        const bytes = Buffer.from(image.bytes);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        response.writeHead(200, { 'content-type': image.mediaType }).end(bytes);
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    for (at = 0; at < image.bytes.length; at += 64)
      expect(await failureOf(repository.manifests.get(digest))).toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
  });

  test('B14: nor in a config', async () => {
    const config = image.blobs[0]!;
    let at = 0;
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.endsWith(config.digest)) return false;
        const bytes = Buffer.from(config.bytes);
        bytes[at] = (bytes[at] ?? 0) ^ 1;
        response.writeHead(200).end(bytes);
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    for (at = 0; at < config.bytes.length; at += 64)
      expect(await failureOf(repository.importImage('v1', { mode: 'legacy' }))).toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
  });

  test('B14: content that ends early is never taken for whole', async () => {
    const config = image.blobs[0]!;
    let length = 0;
    await using registry = await startFake({
      answer: ({ path }, response) => {
        const whole = path.endsWith(digest) ? image.bytes : config.bytes;
        if (path.endsWith('/v1')) return false;
        response.writeHead(200, path.endsWith(digest) ? { 'content-type': image.mediaType } : {});
        response.end(whole.subarray(0, length));
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    for (length = 0; length < image.bytes.length; length += 37)
      expect(await failureOf(repository.manifests.get(digest))).toMatchObject({
        code: 'DIGEST_MISMATCH',
      });
    for (length = 0; length < config.bytes.length; length += 37)
      expect(await failureOf(repository.importImage('v1', { mode: 'legacy' }))).toMatchObject({
        code: 'SIZE_MISMATCH',
      });
  });
});
