/** B30: the same images through another client. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import { seedRegistry } from '#fixtures/push.ts';
import { shapePlacements } from '#fixtures/shapes.ts';
import { startRegistry, type Registry } from '#test/support/services/registry.ts';
import { runOk } from '#test/support/services/run.ts';

import { testClient } from './support/client.ts';

let registry: Registry;

beforeAll(async () => {
  registry = await startRegistry();
  await seedRegistry(registry.url, { images: shapePlacements() });
});
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
});

async function skopeo(shape: string, ...flags: readonly string[]): Promise<string> {
  const url = `docker://${registry.host}/shapes/${shape}:latest`;
  return runOk('skopeo', ['inspect', '--tls-verify=false', ...flags, url]);
}

test.for(['docker-single', 'oci-single', 'docker-list', 'oci-index-attested', 'helm-chart'])(
  'B30: the manifest of %s is what skopeo reads, byte for byte',
  async (shape) => {
    await using client = testClient();
    const repository = client.repository(`${registry.host}/shapes/${shape}`);
    const { raw } = await repository.manifests.get('latest');
    expect(Buffer.from(raw).toString('utf8')).toBe(await skopeo(shape, '--raw'));
  },
);

test.for(['docker-single', 'oci-single'])(
  'B30: digest, layers and config of %s are what skopeo says',
  async (shape) => {
    await using client = testClient();
    const repository = client.repository(`${registry.host}/shapes/${shape}`);
    const image = await repository.importImage('latest', { mode: 'legacy' });
    const said = JSON.parse(await skopeo(shape, '-n')) as {
      Digest: string;
      Architecture: string;
      Layers: string[];
    };
    const [facts] = image.images;
    expect(image.top.digest).toBe(said.Digest);
    expect(facts?.platform?.architecture).toBe(said.Architecture);
    expect(facts?.layers.map(({ digest }) => digest)).toEqual(said.Layers);
    const config = JSON.parse(await skopeo(shape, '--config', '--raw')) as unknown;
    expect(facts?.configJson).toEqual(config);
  },
);
