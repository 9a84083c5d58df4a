import { describe, expect, test } from 'vitest';

import { image, tag } from '#fixtures/hostile/content.ts';
import { childOfOtherKind, missingChild } from '#fixtures/hostile/h63-broken-child.ts';
import {
  endlessConfig,
  giantConfig,
  historyMismatch,
  oddConfigs,
  rootfsMismatch,
} from '#fixtures/hostile/h64-odd-config.ts';
import { foreignConfig } from '#fixtures/hostile/h65-foreign-config.ts';
import { layerUrls } from '#fixtures/hostile/h66-layer-urls.ts';
import {
  expiredCertificate,
  unknownAuthority,
  wrongName,
} from '#fixtures/hostile/h68-bad-certificate.ts';
import { captivePortal, nakedPortal } from '#fixtures/hostile/h70-captive-portal.ts';
import type { CacheScope, ContentCache, Descriptor } from '#src/oci/content/types.ts';
import { failureOf as failureOfNode } from '#src/oci/net/failure.ts';
import { digestOf, parseDigest } from '#src/oci/ref/digest.ts';
import { createClient, type Client } from '#src/oci/registry/client.ts';

import { canary, contentRequests, failureOf, log, meet } from './meet.ts';

describe('parts of images', () => {
  test('H63: a child that is not there fails the import of the whole index', async () => {
    const { import: importImage } = await meet(missingChild);

    const error = await failureOf(importImage('preserve-original'));

    expect(error).toMatchObject({ name: 'NotFoundError', what: 'manifest', confirmed: true });
  });

  test.for(['legacy', 'preserve-original'] as const)(
    'H63: a child of another kind than the index says is refused (%s)',
    async (mode) => {
      const { import: importImage } = await meet(childOfOtherKind);

      expect((await failureOf(importImage(mode))).code).toBe('MEDIATYPE_MISMATCH');
    },
  );

  test.for(oddConfigs)('H64: $name is refused', async (misdeed) => {
    const { import: importImage } = await meet(misdeed);

    const { code, message } = await failureOf(importImage());

    expect([code, message].join(': ')).toMatch(
      /^(?:MANIFEST_INVALID|LIMIT_EXCEEDED: .*jsonDepth)/u,
    );
  });

  test('H64: a config of 2 GiB is not asked for', async () => {
    const { import: importImage, server } = await meet(giantConfig);

    const error = await failureOf(importImage());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'configBytes' });
    expect(log(server)).toEqual(['GET /v2/acme/app/manifests/v1']);
  });

  test('H64: a config that does not end is read no further than a config may have', async () => {
    const { import: importImage, server } = await meet(endlessConfig);

    const error = await failureOf(importImage());

    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'configBytes' });
    expect(server.requests).toHaveLength(2);
    await expect.poll(() => server.open, { interval: 5 }).toBe(0);
    expect(server.bytesSent).toBeLessThan(16 * 1024 * 1024);
  });

  test('H64: a config of other layers than the manifest’s is refused', async () => {
    const { import: importImage } = await meet(rootfsMismatch);

    expect((await failureOf(importImage())).code).toBe('MANIFEST_INVALID');
  });

  test('H64: a history that does not fit the layers is tolerated', async () => {
    const { import: importImage } = await meet(historyMismatch);

    expect((await importImage()).images).toHaveLength(1);
  });

  test('H65: what one repository’s credential fetched is not found under another repository', async () => {
    const cache = new MapCache();
    const { client, server } = await meet(foreignConfig);
    const importFrom = async (repository: string): Promise<unknown> =>
      client.repository(`${server.host}/${repository}`).importImage(tag, { mode: 'legacy', cache });
    await importFrom('acme/app');
    expect(cache.size).toBeGreaterThan(0);

    const error = await failureOf(importFrom('thief/app'));

    expect(error).toMatchObject({ name: 'NotFoundError', what: 'blob' });
    expect(log(server).at(-1)).toBe(`GET /v2/thief/app/blobs/${image.blobs[0]!.digest}`);
  });

  test('H66: layers are never fetched, wherever they are said to be', async () => {
    const { import: importImage, server } = await meet(layerUrls);

    const { images } = await importImage();

    expect(images[0]!.layers).toMatchObject([{ foreign: true }]);
    expect(server.accomplice!.connections).toBe(0);
    expect(contentRequests(server)).toHaveLength(2);
  });
});

describe('names and certificates', () => {
  test('H67: a name that does not exist is a DNS error', async () => {
    // RFC 6761, 6.4: no resolver knows names below `.invalid`.
    await using client = aClient();

    const error = await failureOf(
      client.repository('registry.invalid/acme/app').manifests.get('v1'),
    );

    expect(error.code).toBe('DNS');
    expect(error.message).toContain('registry.invalid');
  });

  // Resolvers that misbehave: test/oci/net/resolver.int.test.ts.
  test.for([
    ['ENOTFOUND', false],
    ['EAI_AGAIN', true],
    ['ESERVFAIL', true],
  ] as const)('H67: %s of the resolver may pass: %s', ([code, retryable]) => {
    const error = failureOfNode(Object.assign(new Error(code), { code }), {
      host: 'registry.test',
    });

    expect(error).toMatchObject({ code: 'DNS', retryable });
  });

  test('H67: an address of a name that nobody answers at does not keep from the next', async () => {
    // `localhost` has an IPv6 address as well where the system has IPv6; the server listens on 127.0.0.1 only.
    const { client, server } = await meet(layerUrls);
    const { port } = new URL(server.url);

    const { descriptor } = await client.repository(`localhost:${port}/acme/app`).manifests.get(tag);

    expect(descriptor.size).toBeGreaterThan(0);
  });

  test.for([
    [wrongName, 'name'],
    [expiredCertificate, 'expired'],
    [unknownAuthority, 'unknown-ca'],
  ] as const)('H68: $0.name is refused, and plain HTTP is not tried', async ([misdeed, reason]) => {
    await using server = await misdeed.start();
    const ca = reason === 'unknown-ca' ? [] : [server.authority!];
    await using client = aClient({ scheme: 'https-then-http', tls: { ca } });

    const error = await failureOf(client.repository(`${server.host}/acme/app`).manifests.get(tag));

    expect(error).toMatchObject({ code: 'TLS', reason, retryable: false });
    expect(server.requests).toEqual([]);
    expect(server.connections).toBe(1);
  });

  test('H68: an authority that is added while the client runs counts from the next call', async () => {
    await using server = await unknownAuthority.start();
    const trusted: string[] = [];
    await using client = createClient({
      userAgent: 'sluice-test',
      hosts: { lookup: () => ({ tls: { ca: [...trusted] } }) },
    });
    const repository = client.repository(`${server.host}/acme/app`);
    const before = await failureOf(repository.manifests.get(tag));
    trusted.push(server.authority!);

    const { descriptor } = await repository.manifests.get(tag);

    expect(before).toMatchObject({ code: 'TLS', reason: 'unknown-ca' });
    expect(descriptor.digest).toBe(image.digest);
  });

  test.for([
    'user@127.0.0.1:5000/acme/app',
    'user:password@127.0.0.1:5000/acme/app',
    '127.0.0.1:5000@evil.test/acme/app',
    '127.0.0.1:5000/acme/app?x=1',
    '127.0.0.1:5000?x=1/acme/app',
    '127.0.0.1:5000/acme/app#x',
    '127.0.0.1:5000#/acme/app',
    '127.0.0.1:5000\\evil.test/acme/app',
    '127.0.0.1:5000/acme\\app',
    '127.0.0.1:5000/acme%00/app',
    '127.0.0.1%00.evil.test:5000/acme/app',
    '127.0.0.1:5000/acme/../other',
    '127.0.0.1:5000/acme//app',
    '127.0.0.1:99999/acme/app',
    '127.0.0.1:/acme/app',
    'registry.test./acme/app',
    'registry..test/acme/app',
    '-registry.test/acme/app',
    'https://registry.test/acme/app',
    'r\u0435gistry.test/acme/app',
    'registry\u3002test/acme/app',
    '[fe80::1%25eth0]:5000/acme/app',
    '[::1/acme/app',
    '0x7f.1:5000/acme/app',
    '2130706433:5000/acme/app',
    '127.1:5000/acme/app',
    '127.0.0.1 :5000/acme/app',
    'registry.test/acme/app\n',
    '',
  ])('H69: %j is no reference', async (reference) => {
    await using client = aClient();

    expect(() => client.repository(reference)).toThrow(
      expect.objectContaining({ code: 'REFERENCE_INVALID' }) as Error,
    );
  });

  test('H69: a name of another alphabet is shown as the network would read it', async () => {
    await using client = aClient();

    // The second letter is Cyrillic.
    expect(() => client.repository('r\u0435gistry.test/acme/app')).toThrow(/xn--rgistry-/u);
  });
});

describe('captive portals', () => {
  test.for([captivePortal, nakedPortal])('H70: $name is no registry', async (misdeed) => {
    const { get, import: importImage, tags, repository, server } = await meet(misdeed);
    const anything = digestOf(Buffer.from('anything'));

    const errors = [
      await failureOf(get()),
      await failureOf(importImage()),
      await failureOf(tags()),
      await failureOf(get(anything)),
      await failureOf(
        repository.blobs
          .fetch({ mediaType: '', digest: parseDigest(anything), size: 8 })
          .then(async (body) => body.bytes()),
      ),
    ];

    for (const error of errors) {
      expect(error.code).toMatch(
        /^(?:RESPONSE_INVALID|MANIFEST_INVALID|DIGEST_MISMATCH|SIZE_MISMATCH)$/u,
      );
      expect(error.message).not.toContain('hotel');
      expect(error.retryable).toBe(false);
    }
    expect(server.requests.length).toBeLessThanOrEqual(7);
  });

  test('H70: HEAD does not make a tag out of a page', async () => {
    const { resolve } = await meet(captivePortal);

    expect((await failureOf(resolve())).code).toBe('RESPONSE_INVALID');
  });

  test('H70: a page at /v2/ does not make a registry', async () => {
    const { client, server } = await meet(captivePortal);

    expect(await client.ping(server.host)).toMatchObject({ api: 'unknown' });
  });
});

function aClient(host: object = {}): Client {
  return createClient({
    userAgent: 'sluice-test',
    credentials: canary,
    hosts: { lookup: () => host },
    retry: { attempts: 1 },
  });
}

/** Keeps what it is given under exactly whom it was fetched for. */
class MapCache implements ContentCache {
  readonly #entries = new Map<string, Uint8Array>();

  get size(): number {
    return this.#entries.size;
  }

  get(scope: CacheScope, descriptor: Descriptor): Promise<Uint8Array | undefined> {
    return Promise.resolve(this.#entries.get(keyOf(scope, descriptor)));
  }

  put(scope: CacheScope, descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    this.#entries.set(keyOf(scope, descriptor), bytes);
    return Promise.resolve();
  }
}

function keyOf(scope: CacheScope, { digest }: Descriptor): string {
  return JSON.stringify([scope.registry, scope.repository, scope.credential, digest]);
}
