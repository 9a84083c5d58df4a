/** The settings that say where images come from and how, on servers as users start them, with a real registry. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { distinctImage } from '#fixtures/many.ts';
import { PushTarget } from '#fixtures/push.ts';
import { ApiClient, type ApiAnswer } from '#test/support/api-client.ts';
import { startServer, type Server } from '#test/support/server.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { tempDir, type TempDir } from '#test/support/temp-dir.ts';

import { digests, failureOf, StreamsApi } from './support/streams-api.ts';

let data: TempDir;
let registry: Registry;
let other: Registry;
const image = distinctImage('policy');

beforeAll(async () => {
  data = tempDir('policy');
  [registry, other] = await Promise.all([startRegistry(), startRegistry({ metrics: true })]);
  for (const { url } of [registry, other])
    await new PushTarget(url).pushImage('acme/app', ['v1', 'v2', 'v3'], image);
});
afterAll(async () => {
  await Promise.all([registry[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
  data[Symbol.dispose]();
});

async function withServer(
  args: readonly string[],
  run: (client: ApiClient, server: Server) => Promise<void>,
): Promise<void> {
  await using server = await startServer({ args, dataDir: data.path });
  using client = new ApiClient(server);
  await run(client, server);
}

const namespace = '/apis/image.openshift.io/v1/namespaces/default';
const insecure = { insecure: true };

function importOf(client: ApiClient, name: string, spec: object): Promise<ApiAnswer> {
  return client.post(`${namespace}/imagestreamimports`, {
    kind: 'ImageStreamImport',
    apiVersion: 'image.openshift.io/v1',
    metadata: { name },
    spec: { import: true, ...spec },
  });
}

function from(name: string): object {
  return { from: { kind: 'DockerImage', name }, importPolicy: insecure };
}

test('what a stream names from before the list of registries was made is imported no more, and its image stays', async () => {
  await withServer(['--schedule-interval=2s'], async (client) => {
    const streams = new StreamsApi(client);
    const tags = { v1: `${other.host}/acme/app:v1` };
    await streams.create('old', tags, { scheduled: true });
    await streams.until('old', (each) => expect(digests(each, 'v1')).toEqual([image.digest]));
  });
  const before = await other.requestCount();
  const args = ['--schedule-interval=2s', `--allowed-registries=${registry.host}`];
  await withServer(args, async (client) => {
    const streams = new StreamsApi(client);
    const text = `registry "${other.host}" not allowed by whitelist: "${registry.host}"`;
    const refusal = {
      reason: 'Forbidden',
      message: `dockerimage.image.openshift.io "${other.host}/acme/app:v1" is forbidden: importing images from registry "${other.host}" is forbidden: ${text}`,
    };
    const checked = await streams.until('old', (each) =>
      expect(failureOf(each, 'v1')).toMatchObject(refusal),
    );
    expect(digests(checked, 'v1')).toEqual([image.digest]);
    // Asking for the same tag once more is an edit that stays allowed; its import is not.
    const tag = { ...checked.spec.tags![0], generation: 0 };
    const asked = await client.patch(`${namespace}/imagestreams/old`, { spec: { tags: [tag] } });
    expect(asked.status).toBe(200);
    const { generation } = asked.body.spec.tags[0];
    await streams.until('old', (each) =>
      expect(failureOf(each, 'v1')?.generation).toBeGreaterThanOrEqual(generation),
    );
    const elsewhere = await client.put(`${namespace}/imagestreamtags/old:v2`, {
      metadata: { name: 'old:v2' },
      tag: { name: 'v2', ...from('quay.io/acme/app:v2') },
    });
    expect(elsewhere.status).toBe(422);
    expect(elsewhere.body.message).toContain(
      'tag.from.name: Forbidden: registry "quay.io" not allowed',
    );
    const refused = await importOf(client, 'asked', {
      images: [{ ...from(`${other.host}/acme/app:v1`), to: { name: 'v1' } }],
    });
    expect(refused.status).toBe(422);
    expect(refused.body.message).toContain(text);
    expect((await client.get(`${namespace}/imagestreams/asked`)).status).toBe(404);
    await streams.create('new', { v1: `${registry.host}/acme/app:v1` });
    await streams.until('new', (each) => expect(digests(each, 'v1')).toEqual([image.digest]));
  });
  // The administrator's own import looks, and is then kept from the record.
  expect((await other.requestCount()) - before).toBeLessThanOrEqual(4);
});

test('hostnames, import mode and the measure of a repository are those that were set', async () => {
  const args = [
    '--registry-hostname=registry.svc:5000',
    '--external-registry-hostname=registry.example.com',
    '--max-images-per-repository=2',
    '--import-mode=PreserveOriginal',
  ];
  await withServer(args, async (client) => {
    const repository = `${registry.host}/acme/app`;
    const some = await importOf(client, 'some', { repository: from(repository) });
    expect(some.status).toBe(201);
    expect(some.body.status.repository.images.map(({ tag }: { tag: string }) => tag)).toEqual([
      'v1',
      'v2',
    ]);
    expect(some.body.status.repository.additionalTags).toEqual(['v3']);
    expect(some.body.spec.repository.importPolicy.importMode).toBe('PreserveOriginal');
    expect(some.body.status.import.status).toMatchObject({
      dockerImageRepository: 'registry.svc:5000/default/some',
      publicDockerImageRepository: 'registry.example.com/default/some',
    });
    const stream = await client.post(`${namespace}/imagestreams`, {
      metadata: { name: 'whole', annotations: { 'openshift.io/image.insecureRepository': 'true' } },
      spec: { dockerImageRepository: repository },
    });
    expect(stream.body.status.publicDockerImageRepository).toBe(
      'registry.example.com/default/whole',
    );
    const imported = await new StreamsApi(client).until('whole', (each) =>
      expect(each.status.tags).toHaveLength(2),
    );
    const policy = { insecure: true, importMode: 'PreserveOriginal' };
    expect(imported.spec.tags?.map(({ importPolicy }) => importPolicy)).toEqual([policy, policy]);
    for (const [path, name, key] of [
      ['imagestreamtags', 'whole:own', 'tag'],
      ['imagetags', 'whole:mine', 'spec'],
    ] as const) {
      const made = await client.post(`${namespace}/${path}`, {
        metadata: { name },
        [key]: {
          name: name.split(':')[1],
          from: { kind: 'DockerImage', name: `${repository}:v3` },
        },
      });
      expect(made.status).toBe(201);
      expect(made.body[key].importPolicy).toEqual({ importMode: 'PreserveOriginal' });
    }
  });
});
