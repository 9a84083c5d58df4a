import { describe, expect, test } from 'vitest';

import { image } from '#fixtures/hostile/content.ts';
import { hugeManifests } from '#fixtures/hostile/h17-huge-manifest.ts';
import { deepJson } from '#fixtures/hostile/h18-deep-json.ts';
import { wideIndex } from '#fixtures/hostile/h19-wide-index.ts';
import { endlessIndexes } from '#fixtures/hostile/h20-endless-index.ts';
import { badSizes } from '#fixtures/hostile/h21-bad-size.ts';
import { badDigests } from '#fixtures/hostile/h22-bad-digest.ts';
import {
  giantSize,
  otherBlobOfSize,
  tooLargeSize,
  tooSmallSize,
} from '#fixtures/hostile/h23-wrong-descriptor.ts';
import { badTexts } from '#fixtures/hostile/h24-bad-text.ts';
import { prototypeKeys } from '#fixtures/hostile/h25-prototype-keys.ts';
import {
  brokenGzip,
  namedAsGzip,
  unaskedGzip,
  unaskedGzipOfOther,
} from '#fixtures/hostile/h26-unasked-gzip.ts';
import { gzipBomb, manyCodings } from '#fixtures/hostile/h27-gzip-bomb.ts';
import { hugeHeaders } from '#fixtures/hostile/h28-huge-headers.ts';
import { brokenHeaderLines, oddHeaderBytes } from '#fixtures/hostile/h29-odd-header-bytes.ts';

import { failureOf, log, meet, unprintable } from './meet.ts';

const manifestByTag = 'GET /v2/acme/app/manifests/v1';

describe('documents that cost', () => {
  test.for(hugeManifests)('H17: $name is given up, and its connection closed', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({
      code: 'LIMIT_EXCEEDED',
      limit: 'manifestBytes',
      max: 4 * 1024 * 1024,
    });
    expect(server.requests).toHaveLength(1);
    await expect.poll(() => server.open, { interval: 5 }).toBe(0);
    // The buffers of the network hold more than the client reads, up to 10 MiB.
    expect(server.bytesSent).toBeLessThan(16 * 1024 * 1024);
  });

  test.for(deepJson)('H18: $name is refused by its depth', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'jsonDepth' });
    expect(server.requests).toHaveLength(1);
  });

  test('H19: an index of 20,000 images is refused before any of them is asked for', async () => {
    const { import: importImage, server } = await meet(wideIndex);

    const error = await failureOf(importImage('preserve-original'));

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'indexChildren', max: 128 });
    expect(log(server)).toEqual([manifestByTag]);
  });

  test.for(['legacy', 'preserve-original'] as const)(
    'H20: indexes in indexes are followed three levels down (%s)',
    async (mode) => {
      const { import: importImage, server } = await meet(endlessIndexes[0]!);

      const error = await failureOf(importImage(mode));

      expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'indexDepth', max: 3 });
      expect(server.requests.length).toBeLessThanOrEqual(4);
    },
  );

  test.for(['legacy', 'preserve-original'] as const)(
    'H20: an index cannot be its own child: no bytes have the digest that stands in them (%s)',
    async (mode) => {
      const { import: importImage, server } = await meet(endlessIndexes[1]!);

      const error = await failureOf(importImage(mode));

      expect(error.code).toBe('DIGEST_MISMATCH');
      expect(server.requests).toHaveLength(3);
    },
  );

  test('H20: a child that stands a hundred times in an index is not fetched a hundred times', async () => {
    const { import: importImage, server } = await meet(endlessIndexes[2]!);

    const imported = await importImage('preserve-original');

    expect(imported.images).not.toHaveLength(0);
    expect(server.requests.length).toBeLessThanOrEqual(3);
  });
});

describe('descriptors', () => {
  test.for(badSizes)('H21: $name is refused', async (misdeed) => {
    const { import: importImage, server } = await meet(misdeed);

    const error = await failureOf(importImage());

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(server.requests).toHaveLength(1);
  });

  test.for(badDigests)('H22: $name is refused and never stands in a URL', async (misdeed) => {
    const { import: importImage, server } = await meet(misdeed);

    const error = await failureOf(importImage('preserve-original'));

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(log(server)).toEqual([manifestByTag]);
  });

  test('H23: a blob of the right size that is another is refused', async () => {
    const { import: importImage } = await meet(otherBlobOfSize);

    expect((await failureOf(importImage())).code).toBe('DIGEST_MISMATCH');
  });

  test.for([tooSmallSize, tooLargeSize])('H23: $name is refused', async (misdeed) => {
    const { import: importImage } = await meet(misdeed);

    expect((await failureOf(importImage())).code).toBe('SIZE_MISMATCH');
  });

  test('H23: nothing is asked for, or allocated, by a size that nobody has', async () => {
    const { import: importImage, server } = await meet(giantSize);

    const error = await failureOf(importImage());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'configBytes' });
    expect(log(server)).toEqual([manifestByTag]);
  });
});

describe('text', () => {
  test.for(badTexts)('H24: $name makes a manifest invalid', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.code).toBe('MANIFEST_INVALID');
    expect(server.requests).toHaveLength(1);
  });

  test('H25: __proto__ and constructor are keys like any other', async () => {
    const { import: importImage } = await meet(prototypeKeys);

    const { manifest, images } = await importImage();

    const annotations = manifest!.annotations;
    expect(Object.getPrototypeOf(annotations)).toBeNull();
    expect(Object.entries(annotations)).toEqual([
      ['__proto__', 'p'],
      ['constructor', 'c'],
      ['toString', 't'],
      ['ok', 'o'],
    ]);
    const config = images[0]!.configJson as { config: { Labels: object } };
    expect(Object.getOwnPropertyNames(config.config.Labels)).toEqual(['__proto__', 'constructor']);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

describe('content codings', () => {
  test('H26: gzip that nobody asked for is undone and verified', async () => {
    const { import: importImage } = await meet(unaskedGzip);

    const { top, images } = await importImage();

    expect(top.digest).toBe(image.digest);
    expect(images[0]!.config).toEqual(image.blobs[0]!.bytes);
  });

  test('H26: what a digest names may be the gzip itself', async () => {
    const { import: importImage } = await meet(namedAsGzip);

    const { images } = await importImage();

    expect(images[0]!.configJson).toMatchObject({ architecture: 'amd64' });
  });

  test('H26: gzip of something else is refused by its digest', async () => {
    const { get } = await meet(unaskedGzipOfOther);

    expect((await failureOf(get(image.digest))).code).toBe('DIGEST_MISMATCH');
  });

  test('H26: what is called gzip and is none is refused', async () => {
    const { get } = await meet(brokenGzip);

    expect((await failureOf(get())).code).toBe('RESPONSE_INVALID');
  });

  test('H27: more than one coding is refused', async () => {
    const { get, server } = await meet(manyCodings);

    expect((await failureOf(get())).code).toBe('RESPONSE_INVALID');
    expect(server.requests).toHaveLength(1);
  });

  test('H27: a small body is unpacked to no more than a manifest may have', async () => {
    const { get, server } = await meet(gzipBomb);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'manifestBytes' });
    expect(server.requests).toHaveLength(1);
  });
});

describe('headers', () => {
  test.for(hugeHeaders)('H28: $name are more than is read', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.code).toBe('PROTOCOL');
    expect(server.requests).toHaveLength(1);
    await expect.poll(() => server.open, { interval: 5 }).toBe(0);
  });

  test('H29: what a registry says in headers is cleaned before it is told', async () => {
    const { get, events } = await meet(oddHeaderBytes);

    const { warnings } = await get();

    expect(warnings).toHaveLength(1);
    expect(warnings.join('')).not.toMatch(unprintable);
    expect(JSON.stringify(events)).not.toMatch(unprintable);
  });

  test.for(brokenHeaderLines)('H29: $name is no HTTP', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.code).toBe('PROTOCOL');
    expect(server.requests).toHaveLength(1);
  });
});
