import { describe, expect, test } from 'vitest';

import { image } from '#fixtures/hostile/content.ts';
import { shortBody } from '#fixtures/hostile/h01-short-body.ts';
import { cutChunks } from '#fixtures/hostile/h02-cut-chunks.ts';
import { cutCloseDelimited } from '#fixtures/hostile/h03-cut-close-delimited.ts';
import { longBody } from '#fixtures/hostile/h04-long-body.ts';
import { twoLengths } from '#fixtures/hostile/h05-two-lengths.ts';
import { badLengths } from '#fixtures/hostile/h06-bad-length.ts';
import { headWithBody } from '#fixtures/hostile/h07-head-with-body.ts';
import { lateHeadBody } from '#fixtures/hostile/h08-late-head-body.ts';

import { contentRequests, failureOf, log, meet } from './meet.ts';

describe('bodies and their lengths', () => {
  test('H1: a body shorter than its Content-Length is asked for three times, then the connection counts as lost', async () => {
    const { get, server } = await meet(shortBody);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'CONNECTION_LOST', retryable: true });
    expect(server.requests).toHaveLength(3);
  });

  test('H2: a chunked body cut before its last chunk is the same', async () => {
    const { get, server } = await meet(cutChunks);

    const error = await failureOf(get());

    expect(error.code).toBe('CONNECTION_LOST');
    expect(server.requests).toHaveLength(3);
  });

  test.for([image.digest, 'v1'])(
    'H3: a body up to the close of the connection, cut short, fails by its digest (%s)',
    async (reference) => {
      const { get, server } = await meet(cutCloseDelimited);

      const error = await failureOf(get(reference));

      expect(error.code).toBe('DIGEST_MISMATCH');
      expect(server.requests).toHaveLength(2);
    },
  );

  test('H4: bytes behind the announced length are no part of any answer', async () => {
    const { get, server } = await meet(longBody);

    for (let time = 0; time < 3; time += 1)
      expect((await get()).descriptor.digest).toBe(image.digest);

    expect(server.requests).toHaveLength(3);
  });

  test.for(twoLengths)('H5: $name is no HTTP and is not asked for again', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'PROTOCOL', retryable: false });
    expect(server.requests).toHaveLength(1);
  });

  test.for(badLengths)('H6: $name is no HTTP and is not asked for again', async (misdeed) => {
    const { get, server } = await meet(misdeed);

    const error = await failureOf(get());

    expect(error).toMatchObject({ code: 'PROTOCOL', retryable: false });
    expect(server.requests).toHaveLength(1);
  });

  test('H7: a body that comes with the answer to HEAD does not become the next answer', async () => {
    const { get, resolve, server } = await meet(headWithBody);

    const resolved = await resolve();
    const manifest = await get();

    expect(resolved).toMatchObject({ kind: 'resolved', descriptor: { digest: image.digest } });
    expect(manifest.descriptor.digest).toBe(image.digest);
    expect(server.requests.map(({ method }) => method)).toEqual(['HEAD', 'GET']);
  });

  test('H8: a late body of HEAD that becomes the next answer fails by its digest, and the connection is given up', async () => {
    const { get, resolve, server, stats } = await meet(lateHeadBody);

    await resolve();
    const manifest = await get(image.digest);

    expect(manifest.descriptor.digest).toBe(image.digest);
    expect(log(server)).toEqual([
      'HEAD /v2/acme/app/manifests/v1',
      `GET /v2/acme/app/manifests/${image.digest}`,
      `GET /v2/acme/app/manifests/${image.digest}`,
    ]);
    const [head, smuggled, again] = server.requests.map(({ connection }) => connection);
    expect(smuggled).toBe(head);
    expect(again).not.toBe(head);
    expect(stats.retries).toBe(1);
  });

  test('H8: a host that did it gets a connection of its own for every HEAD', async () => {
    const { get, resolve, server } = await meet(lateHeadBody);
    await resolve();
    await get(image.digest);
    const before = server.requests.length;

    await resolve();
    await get(image.digest);

    const [head, next, ...more] = contentRequests(server).slice(before);
    expect(head!.method).toBe('HEAD');
    expect(next!.connection).not.toBe(head!.connection);
    expect(more).toEqual([]);
  });
});
