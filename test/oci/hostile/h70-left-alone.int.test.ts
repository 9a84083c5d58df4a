import { describe, expect, test } from 'vitest';

import { parseDigest } from '#src/oci/ref/digest.ts';

import { failureOf, testClient } from '../support/client.ts';
import { image, startFake, type Answer } from '../support/fake-registry.ts';

const page: Answer = (_seen, response) => {
  response.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Welcome to the hotel</h1>');
  return true;
};

describe('H70: a host that answers with pages is left alone', () => {
  test('after eight in a row, for everyone in the process, with an error that says until when', async () => {
    await using registry = await startFake({ answer: page });
    const clock = { now: 1_000_000 };
    await using client = testClient({ now: () => clock.now });
    const ask = async (name: string): Promise<Error> =>
      failureOf(client.repository(`${registry.host}/${name}`).manifests.get('v1'));

    for (let index = 0; index < 8; index += 1)
      expect(await ask('acme/app')).toMatchObject({ code: 'RESPONSE_INVALID' });
    const refused = await ask('other/app');

    expect(refused).toMatchObject({
      code: 'HOST_PAUSED',
      retryable: true,
      retryAt: new Date(clock.now + 30_000),
    });
    expect(refused.message).toBe(
      `${registry.host} answers with web pages, not as a registry; it is asked again after 1970-01-01T00:17:10.000Z`,
    );
    expect(registry.seen).toHaveLength(8);
  });

  test('it is asked again later, and for twice as long not at all when nothing has changed', async () => {
    await using registry = await startFake({ answer: page });
    const clock = { now: 1_000_000 };
    await using client = testClient({ now: () => clock.now });
    const repository = client.repository(`${registry.host}/acme/app`);
    const ask = async (): Promise<Error> => failureOf(repository.manifests.get('v1'));
    for (let index = 0; index < 8; index += 1) await ask();
    clock.now += 30_001;

    expect(await ask()).toMatchObject({ code: 'RESPONSE_INVALID' });

    expect(await ask()).toMatchObject({ retryAt: new Date(clock.now + 60_000) });
    expect(registry.seen).toHaveLength(9);
  });

  test('a single answer of a registry starts the count anew', async () => {
    let isPortal = true;
    await using registry = await startFake({
      answer: (...args) => isPortal && page(...args),
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);
    for (let round = 0; round < 3; round += 1) {
      isPortal = true;
      for (let index = 0; index < 7; index += 1)
        expect(await failureOf(repository.manifests.get('v1'))).toMatchObject({
          code: 'RESPONSE_INVALID',
        });
      isPortal = false;
      await expect(repository.manifests.get('v1')).resolves.toMatchObject({ kind: 'image' });
    }
  });

  test('pages of errors and storage that does not say its type are no reason', async () => {
    await using registry = await startFake({
      answer: ({ path }, response) => {
        const isBlob = path.includes('/blobs/');
        response.writeHead(isBlob ? 200 : 404, isBlob ? {} : { 'content-type': 'text/html' });
        response.end('<p>');
        return true;
      },
    });
    await using client = testClient();
    const repository = client.repository(`${registry.host}/acme/app`);

    for (let index = 0; index < 10; index += 1) {
      expect(await failureOf(repository.manifests.get('v1'))).toMatchObject({ status: 404 });
      const body = await repository.blobs.fetch({
        mediaType: '',
        digest: parseDigest(image.digest),
        size: 3,
      });
      expect(await failureOf(body.bytes())).toMatchObject({ code: 'DIGEST_MISMATCH' });
    }
  });
});
