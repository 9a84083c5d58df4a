import { describe, expect, test } from 'vitest';

import { image } from '#fixtures/hostile/content.ts';
import { wrongBytes } from '#fixtures/hostile/h09-wrong-bytes.ts';
import { wrongDigestHeader } from '#fixtures/hostile/h10-wrong-digest-header.ts';
import { badDigestHeaders } from '#fixtures/hostile/h11-bad-digest-header.ts';
import { noDigestHeader } from '#fixtures/hostile/h12-no-digest-header.ts';
import { loginPage } from '#fixtures/hostile/h13-login-page.ts';
import { imageAsIndex, untypedImageAsIndex } from '#fixtures/hostile/h14-wrong-kind.ts';
import { bothKinds } from '#fixtures/hostile/h15-both-kinds.ts';
import { twinKeys } from '#fixtures/hostile/h16-twin-keys.ts';
import { parseDigest } from '#src/oci/ref/digest.ts';

import { failureOf, log, meet } from './meet.ts';

const manifestByTag = '/v2/acme/app/manifests/v1';

describe('digests', () => {
  test('H9: other bytes than the digest asked for are asked for once more, and refused', async () => {
    const { get, server } = await meet(wrongBytes);

    const error = await failureOf(get(image.digest));

    expect(error).toMatchObject({
      code: 'DIGEST_MISMATCH',
      source: 'reference',
      expected: image.digest,
    });
    expect(server.requests).toHaveLength(2);
  });

  test('H9: one wrong bit in a config fails the import', async () => {
    const { import: importImage, server } = await meet(wrongBytes);

    const error = await failureOf(importImage());

    const config = `GET /v2/acme/app/blobs/${image.blobs[0]!.digest}`;
    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH', source: 'descriptor' });
    expect(log(server)).toEqual([`GET ${manifestByTag}`, config, config]);
  });

  test('H9: one wrong bit in a blob is noticed before its last piece is handed over', async () => {
    const { repository } = await meet(wrongBytes);
    const [, layer] = image.blobs;
    const digest = parseDigest(layer!.digest);
    const body = await repository.blobs.fetch({
      mediaType: 'application/octet-stream',
      digest,
      size: layer!.bytes.length,
    });

    let length = 0;
    const error = await failureOf(
      (async () => {
        for await (const piece of body) length += piece.length;
      })(),
    );

    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH', expected: digest });
    expect(length).toBeLessThan(layer!.bytes.length);
  });

  test('H10: a Docker-Content-Digest that contradicts the bytes of a tag is refused', async () => {
    const { get, server } = await meet(wrongDigestHeader);

    const error = await failureOf(get());

    expect(error).toMatchObject({
      code: 'DIGEST_MISMATCH',
      source: 'header',
      actual: image.digest,
    });
    expect(server.requests).toHaveLength(2);
  });

  test('H10: and ignored where an administrator says that the header is not to be believed', async () => {
    const { get } = await meet(wrongDigestHeader, {
      host: { profile: { digestHeaderReliable: false } },
    });

    expect((await get()).descriptor.digest).toBe(image.digest);
  });

  test.for(badDigestHeaders)('H11: $name is refused with the bytes of a tag', async (misdeed) => {
    const { get } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'DIGEST_MISMATCH', source: 'header' });
  });

  test.for(badDigestHeaders)(
    'H11: $name on HEAD is not believed: GET is asked',
    async (misdeed) => {
      const { resolve, server } = await meet(misdeed);

      await failureOf(resolve());

      expect(log(server).slice(0, 2)).toEqual([`HEAD ${manifestByTag}`, `GET ${manifestByTag}`]);
    },
  );

  test('H12: without Docker-Content-Digest HEAD becomes GET, and GET is hashed', async () => {
    const { get, resolve, server } = await meet(noDigestHeader);

    const resolved = await resolve();

    expect(resolved).toMatchObject({
      kind: 'resolved',
      verified: true,
      descriptor: { digest: image.digest },
    });
    expect(log(server)).toEqual([`HEAD ${manifestByTag}`, `GET ${manifestByTag}`]);
    expect((await get()).descriptor.digest).toBe(image.digest);
  });

  test('H12: a host that gives no digest on HEAD is asked by GET from then on', async () => {
    const { resolve, server } = await meet(noDigestHeader);
    await resolve();
    const before = server.requests.length;

    await resolve();

    expect(log(server).slice(before)).toEqual([`GET ${manifestByTag}`]);
  });
});

describe('what a document is', () => {
  test('H13: a page to sign in is no registry, and nothing of it is shown', async () => {
    const { get, resolve, server } = await meet(loginPage);

    for (const call of [get(), resolve()]) {
      const error = await failureOf(call);
      expect(error).toMatchObject({ code: 'RESPONSE_INVALID', retryable: false });
      expect(error.message).toMatch(/not a registry/u);
      expect(JSON.stringify(error)).not.toContain('secret-of-the-page');
    }
    expect(log(server).toSorted()).toEqual([
      `GET ${manifestByTag}`,
      `GET ${manifestByTag}`,
      `HEAD ${manifestByTag}`,
    ]);
  });

  test('H14: an image served as an index is refused', async () => {
    const { get, import: importImage, server } = await meet(imageAsIndex);

    expect((await failureOf(get())).code).toBe('MEDIATYPE_MISMATCH');
    expect((await failureOf(importImage())).code).toBe('MEDIATYPE_MISMATCH');
    expect(server.requests).toHaveLength(2);
  });

  test('H14: an image that does not say what it is is no index without children', async () => {
    const { get, import: importImage, server } = await meet(untypedImageAsIndex);

    const refused = /^MANIFEST_(?:INVALID|AMBIGUOUS)$|^MEDIATYPE_MISMATCH$/u;
    expect((await failureOf(get())).code).toMatch(refused);
    expect((await failureOf(importImage())).code).toMatch(refused);
    expect(server.requests).toHaveLength(2);
  });

  test.for(bothKinds)('H15: $name are refused', async (misdeed) => {
    const { get, import: importImage, server } = await meet(misdeed);

    expect((await failureOf(get())).code).toBe('MANIFEST_AMBIGUOUS');
    expect((await failureOf(importImage())).code).toBe('MANIFEST_AMBIGUOUS');
    expect(server.requests).toHaveLength(2);
  });

  test.for(twinKeys)('H16: $name is refused', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error.code).toBe('MANIFEST_AMBIGUOUS');
    expect(server.requests).toHaveLength(1);
  });
});
