import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { image, tag } from '#fixtures/hostile/content.ts';
import { limitedWithPage, oddPauses, pullQuota } from '#fixtures/hostile/h56-rate-limited.ts';
import { flapping, flappingDigest } from '#fixtures/hostile/h57-flapping.ts';
import { storagePathInError } from '#fixtures/hostile/h58-storage-path.ts';
import { oddErrors } from '#fixtures/hostile/h59-odd-errors.ts';
import {
  errorWithSuccess,
  limitedWithServerError,
  unauthorizedWithNotFound,
  unknownWithBadRequest,
} from '#fixtures/hostile/h60-contradicting-code.ts';
import { twoBodies } from '#fixtures/hostile/h61-two-bodies.ts';
import { flippingTag } from '#fixtures/hostile/h62-flipping-tag.ts';
import type { HttpStatusError, RateLimitedError } from '#src/oci/errors/answers.ts';
import { parseDigest } from '#src/oci/ref/digest.ts';
import { acceptProfile } from '#src/oci/ref/media-type.ts';

import { contentRequests, failureOf, meet, unprintable } from './meet.ts';

const now = Date.UTC(2026, 0, 1);

describe('429', () => {
  test.for(oddPauses.filter(({ pauseMs }) => pauseMs !== undefined))(
    'H56: $name is a pause of $pauseMs ms',
    async (misdeed) => {
      const { get, server } = await meet(misdeed, { now: () => now });

      const error = await failureOf(get());

      expect(error).toMatchObject({
        name: 'RateLimitedError',
        asked: true,
        retryAt: new Date(now + misdeed.pauseMs!),
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  test.for(oddPauses.filter(({ pauseMs }) => pauseMs === undefined))(
    'H56: $name names no time, so that it is tried again',
    async (misdeed) => {
      const { get, server } = await meet(misdeed, { now: () => now });

      const error = (await failureOf(get())) as RateLimitedError;

      expect(error).toMatchObject({ name: 'RateLimitedError', asked: false });
      expect(error.retryAt.getTime()).toBeGreaterThan(now);
      expect(server.requests).toHaveLength(3);
    },
  );

  test('H56: a web page behind 429 is not shown', async () => {
    const { get } = await meet(limitedWithPage);

    const error = (await failureOf(get())) as RateLimitedError;

    expect(error).toMatchObject({ name: 'RateLimitedError', bodyKind: 'html', bodyText: '' });
    expect(error.message).not.toContain('<');
  });

  test('H56: the host that asked for a pause gets it from the next call too', async () => {
    const { get, resolve, server } = await meet(pullQuota, { now: () => now });

    const error = (await failureOf(get())) as RateLimitedError;
    const next = await failureOf(resolve());

    expect(error).toMatchObject({
      scope: 'pull-quota',
      rate: { limit: 100, remaining: 0, windowSeconds: 21_600 },
    });
    expect(next).toMatchObject({ name: 'RateLimitedError', retryAt: new Date(now + 60_000) });
    expect(server.requests).toHaveLength(1);
  });
});

describe('errors', () => {
  test('H57: a server that fails every other time is asked again', async () => {
    const { get, server, stats } = await meet(flapping);

    expect((await get()).descriptor.digest).toBe(image.digest);
    expect(server.requests).toHaveLength(2);
    expect(stats.retries).toBe(1);
  });

  test('H57: a failure in the middle of an import does not fail it', async () => {
    const { import: importImage } = await meet(flappingDigest);

    const { images, stats } = await importImage();

    expect(images[0]!.config).toEqual(image.blobs[0]!.bytes);
    expect(stats.retries).toBe(1);
  });

  test('H58: where a registry keeps its files is not told', async () => {
    const { get, events } = await meet(storagePathInError);

    const error = (await failureOf(get())) as HttpStatusError;

    expect(error).toMatchObject({ name: 'ServerError', status: 500, retryable: true });
    const shown = inspect([error, events], { depth: 10 }) + JSON.stringify([error, events]);
    expect(shown).not.toContain('/var/lib');
    expect(shown).not.toContain('_manifests');
  });

  test.for(oddErrors)('H59: $name: what is shown is short and printable', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = (await failureOf(get())) as HttpStatusError;

    const texts = error.errors.flatMap(({ code, message, detail = '' }) => [code, message, detail]);
    for (const text of [error.bodyText, ...texts]) {
      expect(text).not.toMatch(unprintable);
      expect(text.length).toBeLessThanOrEqual(200);
    }
    expect(error.message).not.toMatch(unprintable);
    // With the code, or what is said before a text.
    expect(error.message.length).toBeLessThanOrEqual(200 + 66);
    expect(error.status).toBe(400);
    expect(error.errors.length).toBeLessThanOrEqual(8);
    expect(server.requests).toHaveLength(1);
  });

  test('H60: an error under status 200 is no manifest', async () => {
    const { get, server } = await meet(errorWithSuccess);

    expect((await failureOf(get())).code).toBe('MANIFEST_INVALID');
    expect(server.requests).toHaveLength(1);
  });

  test.for([
    [limitedWithServerError, 'RateLimitedError'],
    [unauthorizedWithNotFound, 'NotFoundError'],
    [unknownWithBadRequest, 'NotFoundError'],
  ] as const)('H60: $0.name is a $1', async ([misdeed, name]) => {
    const { get } = await meet(misdeed);

    expect((await failureOf(get())).name).toBe(name);
  });
});

describe('registries that change their minds', () => {
  test('H61: a second body for one digest is refused', async () => {
    const { get } = await meet(twoBodies);

    expect((await get(image.digest)).descriptor.digest).toBe(image.digest);
    expect((await failureOf(get(image.digest))).code).toBe('DIGEST_MISMATCH');
  });

  test('H62: a tag that moves each time it is looked at is imported as it was answered', async () => {
    const { repository, server } = await meet(flippingTag);

    const imported = await repository.importImage(tag, {
      mode: 'legacy',
      known: { digest: parseDigest(image.digest), acceptProfile },
    });

    expect(imported.unchanged).toBe(false);
    expect(imported.images).toHaveLength(1);
    const manifests = contentRequests(server).filter(({ path }) => path.includes('/manifests/'));
    expect(manifests.map(({ method }) => method)).toEqual(['HEAD', 'GET', 'HEAD', 'GET', 'GET']);
  });
});
