import { describe, expect, test } from 'vitest';

import { digestOf, parseDigest } from '#src/oci/ref/digest.ts';
import type { Descriptor } from '#src/oci/content/types.ts';

import { everything, failureOf, testClient } from '../support/client.ts';
import { image, startFake, type Answer, type Seen } from '../support/fake-registry.ts';

const ociIndex = 'application/vnd.oci.image.index.v1+json';
const subject: Descriptor = {
  mediaType: image.mediaType,
  digest: parseDigest(image.digest),
  size: image.bytes.length,
};

const referrers = ['text/spdx', 'text/spdx', 'text/signature'].map((artifactType, index) => ({
  mediaType: 'application/vnd.oci.image.manifest.v1+json',
  digest: digestOf(Buffer.from(`referrer ${index}`)),
  size: 100 + index,
  artifactType,
}));

function indexOf(manifests: readonly object[]): string {
  return JSON.stringify({ schemaVersion: 2, mediaType: ociIndex, manifests });
}

/** The referrers API of distribution-spec v1.1. */
function api(options: { filters: boolean; pageSize?: number; type?: string }): Answer {
  const { filters, pageSize = 100, type = ociIndex } = options;
  return ({ path }, response) => {
    const url = new URL(path, 'http://registry.test');
    if (!url.pathname.includes('/referrers/')) return false;
    const wanted = url.searchParams.get('artifactType');
    const from = Number(url.searchParams.get('from') ?? 0);
    const matching = referrers.filter(
      ({ artifactType }) => !filters || wanted === null || wanted === artifactType,
    );
    const next = from + pageSize;
    const link = new URL(url);
    link.searchParams.set('from', String(next));
    response.writeHead(200, {
      'content-type': type,
      ...(filters && wanted !== null && { 'oci-filters-applied': 'artifactType' }),
      ...(next < matching.length && { link: `<${link.pathname}${link.search}>; rel="next"` }),
    });
    response.end(indexOf(matching.slice(from, next)));
    return true;
  };
}

/** No API: the tag that stands for the referrers. */
function tagSchema(status: number, content: string | undefined): Answer {
  return ({ path, method }, response) => {
    if (path.includes('/referrers/')) {
      response.writeHead(status, { 'content-type': 'text/plain' }).end('404 page not found');
      return true;
    }
    if (method !== 'GET' || !path.includes('/manifests/sha256-')) return false;
    if (content === undefined) response.writeHead(404).end();
    else response.writeHead(200, { 'content-type': ociIndex }).end(content);
    return true;
  };
}

function paths(seen: readonly Seen[]): string[] {
  return seen.map(({ path }) => path.replace('/v2/acme/app/', ''));
}

const tagOfSubject = `manifests/${image.digest.replace(':', '-')}`;

describe('B19: what refers to a manifest', () => {
  test('is asked of the API', async () => {
    await using registry = await startFake({ answer: api({ filters: true }) });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    expect(await everything(repository.referrers(subject))).toMatchObject(referrers);

    expect(paths(registry.seen)).toEqual([`referrers/${image.digest}`]);
    expect(registry.seen[0]?.headers.accept).toBe(ociIndex);
  });

  test.for([true, false])(
    'is filtered by type, whether the registry does that (%s) or not',
    async (filters) => {
      await using registry = await startFake({ answer: api({ filters }) });
      await using client = testClient();
      const repository = client.repository(`${registry.host}/acme/app`);

      const found = await everything(
        repository.referrers(subject, { artifactType: 'text/signature' }),
      );

      expect(found).toMatchObject([referrers[2]!]);
      expect(paths(registry.seen)).toEqual([
        `referrers/${image.digest}?artifactType=text%2Fsignature`,
      ]);
    },
  );

  test('comes in pages', async () => {
    await using registry = await startFake({ answer: api({ filters: true, pageSize: 1 }) });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    expect(await everything(repository.referrers(subject))).toMatchObject(referrers);
    expect(registry.seen).toHaveLength(3);
    expect(
      await failureOf(everything(repository.referrers(subject, { maxPages: 2 }))),
    ).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'pages' });
  });

  test.for([404, 400, 405, 406])(
    'is asked for by tag where the API is unknown (%s), and the host is remembered',
    async (status) => {
      await using registry = await startFake({ answer: tagSchema(status, indexOf(referrers)) });
      await using client = testClient();
      const repository = client.repository(`${registry.host}/acme/app`);

      expect(await everything(repository.referrers(subject))).toMatchObject(referrers);
      expect(
        await everything(repository.referrers(subject, { artifactType: 'text/spdx' })),
      ).toHaveLength(2);

      expect(paths(registry.seen)).toEqual([
        `referrers/${image.digest}`,
        tagOfSubject,
        tagOfSubject,
      ]);
    },
  );

  test('is nothing where neither is there', async () => {
    await using registry = await startFake({ answer: tagSchema(404, undefined) });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    expect(await everything(repository.referrers(subject))).toEqual([]);
  });

  test('an answer of another type is no API', async () => {
    const byTag = tagSchema(404, indexOf(referrers.slice(0, 1)));
    const wrong = api({ filters: true, type: 'application/json' });
    await using registry = await startFake({
      answer: (...args) => wrong(...args) || byTag(...args),
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    expect(await everything(repository.referrers(subject))).toMatchObject([referrers[0]!]);
    expect(paths(registry.seen)).toEqual([`referrers/${image.digest}`, tagOfSubject]);
  });

  test('the tag is not asked for when that is not wanted', async () => {
    await using registry = await startFake({ answer: tagSchema(404, indexOf(referrers)) });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    expect(await everything(repository.referrers(subject, { tagFallback: false }))).toEqual([]);
    expect(registry.seen).toHaveLength(1);
  });
});
