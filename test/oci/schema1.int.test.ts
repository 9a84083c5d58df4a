/** Schema 1 as registry:2 itself writes it: an image of schema 2, asked for by someone who names no media type. */
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { seedRegistry } from '#fixtures/push.ts';
import { shapePlacements } from '#fixtures/shapes.ts';
import { digestOf } from '#src/oci/ref/digest.ts';
import { contextWith, testImporter } from '#test/importer/support.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';

import { testClient } from './support/client.ts';

let registry: Registry;
let old: AsyncDisposable & { readonly host: string };
const schema1Type = 'application/vnd.docker.distribution.manifest.v1+prettyjws';

beforeAll(async () => {
  registry = await startRegistry();
  await seedRegistry(registry.url, { images: shapePlacements() });
  old = await withoutAccept(registry.port);
});

afterAll(async () => {
  await old[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

test('B15: schema 1 of a real registry is read, under a digest that stays while its signature changes', async () => {
  await using client = testClient();
  const repository = client.repository(`${old.host}/shapes/docker-single`);

  const first = await repository.manifests.get('latest');
  const second = await repository.manifests.get('latest');

  expect(first).toMatchObject({ kind: 'schema1', descriptor: { mediaType: schema1Type } });
  expect(digestOf(first.raw)).not.toBe(digestOf(second.raw));
  expect(first.descriptor.digest).toBe(second.descriptor.digest);
  await expect(repository.resolve('latest')).resolves.toMatchObject({
    descriptor: { digest: first.descriptor.digest },
  });
});

test('B17: an image of schema 1 has the layers of its schema 2 form, their sizes asked for one by one', async () => {
  await using client = testClient();
  const [modern, image] = await Promise.all(
    [registry.host, old.host].map(async (host) =>
      client.repository(`${host}/shapes/docker-single`).importImage('latest', { mode: 'legacy' }),
    ),
  );

  const sizes = (facts: typeof image): Map<string, number> =>
    new Map(facts?.images[0]?.layers.map(({ digest, size }) => [digest, size]));
  // Schema 1 has an empty layer for each step that changes no file.
  for (const [digest, size] of sizes(modern)) expect(sizes(image).get(digest)).toBe(size);
  expect(image?.images[0]?.manifest.kind).toBe('schema1');
});

test('B17: the size of a layer that stands twice in schema 1 is asked for once', async () => {
  await using client = testClient();
  const { images, stats } = await client
    .repository(`${old.host}/shapes/same-layer-twice`)
    .importImage('latest', { mode: 'legacy' });

  const layers = images[0]!.layers.map(({ digest }) => digest);
  const distinct = new Set(layers).size;
  expect(distinct).toBeLessThan(layers.length);
  // And the manifest.
  expect(stats.requests).toBe(distinct + 1);
});

test('an importer takes it, read-only, with the config of its newest layer', async () => {
  const importer = testImporter();
  const [[outcome], [modern]] = await Promise.all(
    [old.host, registry.host].map(async (host) =>
      importer.importImages(
        [{ from: `${host}/shapes/docker-single:latest`, importPolicy: { insecure: true } }],
        contextWith([]),
      ),
    ) as [Promise<unknown[]>, Promise<unknown[]>],
  );
  await importer.close();

  expect(outcome).toMatchObject({
    status: { status: 'Success' },
    image: { dockerImageManifestMediaType: schema1Type },
  });
  expect(metadataOf(outcome)['Architecture']).toBe(metadataOf(modern)['Architecture']);
  expect(metadataOf(outcome)['Config']).toMatchObject({
    Cmd: (metadataOf(modern)['Config'] as { Cmd: unknown }).Cmd,
  });
});

function metadataOf(outcome: unknown): Record<string, unknown> {
  return (outcome as { image: { dockerImageMetadata: Record<string, unknown> } }).image
    .dockerImageMetadata;
}

/** Hands requests on without their Accept, so that the registry takes the client for one of before 2016. */
async function withoutAccept(port: number): Promise<AsyncDisposable & { readonly host: string }> {
  const server = createServer((incoming, outgoing) => {
    const { accept: _accept, ...headers } = incoming.headers;
    const { url = '', method = 'GET' } = incoming;
    forward({ host: '127.0.0.1', port, path: url, method, headers, agent: false }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    }).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}
