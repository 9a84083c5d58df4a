import { inspect } from 'node:util';

import { describe, expect, test } from 'vitest';

import { makeImage } from '#fixtures/make.ts';
import type { CacheScope, ContentCache } from '#src/oci/content/types.ts';

import { basic, candidates, failureOf, plainHttp, testClient } from '../support/client.ts';
import { image, startFake } from '../support/fake-registry.ts';

describe('content', () => {
  test('B32: what another fetched is not found, and is not served from memory', async () => {
    const entries = new Map<string, Uint8Array>();
    const cache: ContentCache = {
      get: (scope, { digest: name }) => Promise.resolve(entries.get(key(scope, name))),
      put: (scope, { digest: name }, bytes) => {
        entries.set(key(scope, name), bytes);
        return Promise.resolve();
      },
    };
    await using owner = await startFake();
    await using thief = await startFake({
      answer: ({ path }, response) => {
        if (!path.includes('/blobs/')) return false;
        response.writeHead(404).end();
        return true;
      },
    });
    await using client = testClient();
    await client.repository(`${owner.host}/acme/app`).importImage('v1', { mode: 'legacy', cache });
    expect(entries.size).toBe(2);
    const again = await client
      .repository(`${owner.host}/acme/app`)
      .importImage('v1', { mode: 'legacy', cache });
    expect(again.stats.requests).toBe(1);
    expect(
      await failureOf(
        client.repository(`${thief.host}/acme/app`).importImage('v1', { mode: 'legacy', cache }),
      ),
    ).toMatchObject({ name: 'NotFoundError' });
  });

  test('the config that a descriptor carries is not fetched', async () => {
    const config = image.blobs[0]!;
    const document = JSON.parse(image.bytes.toString('utf8')) as { config: object };
    const inline = {
      ...document,
      config: { ...document.config, data: config.bytes.toString('base64') },
    };
    const body = JSON.stringify(inline);
    await using registry = await startFake({
      answer: ({ path }, response) => {
        if (!path.includes('/manifests/')) return false;
        response.writeHead(200, { 'content-type': image.mediaType }).end(body);
        return true;
      },
    });
    await using client = testClient();
    const result = await client
      .repository(`${registry.host}/acme/app`)
      .importImage('v1', { mode: 'legacy' });
    expect(result.stats.requests).toBe(1);
    expect(result.images[0]?.platform?.architecture).toBe('amd64');
  });

  test('B29: a password is in nothing that is said', async () => {
    const secret = 'canary-password-4711';
    await using registry = await startFake({
      answer: (_seen, response, { url }) => {
        response.writeHead(401, { 'www-authenticate': `Bearer realm="${url}/token?x=1"` });
        response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'no' }] }));
        return true;
      },
    });
    await using client = testClient({ credentials: candidates(basic('ann', secret)) });
    const failure = await failureOf(
      client.repository(`${registry.host}/acme/app`).importImage('v1', { mode: 'legacy' }),
    );
    const said = [
      inspect(failure, { depth: 9, showHidden: true }),
      JSON.stringify(failure),
      JSON.stringify(client.events),
      inspect(client, { depth: 9 }),
    ].join('\n');
    for (const form of [secret, Buffer.from(`ann:${secret}`).toString('base64')])
      expect(said).not.toContain(form);
    expect(registry.seen.some(({ headers }) => headers.authorization !== undefined)).toBe(true);
  });

  test('B31: two thousand checks of fifty repositories leave at most eight connections', async () => {
    await using registry = await startFake({
      manifest: makeImage({ layers: [{ a: 'b' }], config: {} }),
    });
    await using client = testClient({ hosts: plainHttp });
    const repositories = Array.from({ length: 50 }, (_, index) =>
      client.repository(`${registry.host}/soak/r${index}`),
    );
    for (let round = 0; round < 40; round += 1)
      await Promise.all(repositories.map(async (each) => each.resolve('v1')));
    expect(registry.methods()).toHaveLength(2000);
    expect(registry.connections()).toBeLessThanOrEqual(8);
  });
});

function key(scope: CacheScope, name: string): string {
  return JSON.stringify([scope, name]);
}
