import { describe, expect, test } from 'vitest';

import { makeIndex } from '#fixtures/make.ts';
import { shapes } from '#fixtures/shapes.ts';

import { failureOf, testClient } from '../support/client.ts';
import { startFake } from '../support/fake-registry.ts';

const images = shapes();
const attested = images['oci-index-attested'];

describe('B16: platforms', () => {
  test.for([
    [{ prefer: { architecture: 's390x' } }, 's390x'],
    // The server's own, then linux/amd64, then the first.
    [{ fallback: [{ os: 'linux', architecture: 'arm64' }] }, 'arm64'],
    [{ prefer: { architecture: 'none' } }, 'amd64'],
    [{ fallback: [{ architecture: 'none' }] }, 'amd64'],
  ] as const)('of an index, %j imports %s and fetches no other', async ([platform, expected]) => {
    await using registry = await startFake({ manifest: images['docker-list'] });
    await using client = testClient();

    const { images: imported } = await client
      .repository(`${registry.host}/acme/app`)
      .importImage('v1', { mode: 'legacy', platform });

    expect(imported.map((image) => image.platform?.architecture)).toEqual([expected]);
    // The index, the image, its config.
    expect(registry.seen).toHaveLength(3);
  });

  test.for([
    ['a platform that nobody has', images['docker-list'], { fallback: [], ifNone: 'error' }],
    ['attestations only', makeIndex(attested.children.slice(2), 'oci'), {}],
  ] as const)(
    '%s: none matches, and nothing but the index is fetched',
    async ([, manifest, platform]) => {
      await using registry = await startFake({ manifest });
      await using client = testClient();

      const failure = await failureOf(
        client
          .repository(`${registry.host}/acme/app`)
          .importImage('v1', { mode: 'legacy', platform }),
      );

      expect(failure).toMatchObject({ name: 'NoMatchingPlatformError', retryable: false });
      expect(registry.seen).toHaveLength(1);
    },
  );

  test('B15: attestations are skipped where all images are wanted', async () => {
    await using registry = await startFake({ manifest: attested });
    await using client = testClient();

    const imported = await client
      .repository(`${registry.host}/acme/app`)
      .importImage('v1', { mode: 'preserve-original' });

    expect(imported.images.map((image) => image.platform?.architecture)).toEqual([
      'amd64',
      'arm64',
    ]);
    expect(imported.skipped).toHaveLength(2);
  });
});
