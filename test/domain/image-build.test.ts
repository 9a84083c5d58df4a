import { describe, expect, test } from 'vitest';
import { recordedImages } from '#fixtures/recorded.ts';
import { buildImage, layersToMeasure, withLayerSizes } from '#src/domain/image-build.ts';
import { parseManifest } from '#src/domain/manifest-parse.ts';
import { referenceOf } from '#src/domain/reference.ts';
import type { Image } from '#src/domain/types.ts';
import { recorded } from './recorded-exchanges.ts';

const made = new Map(Object.values(recordedImages().named).map((each) => [each.digest, each]));

/** Every Image of a registry that OpenShift showed, with fields in the order of its answer. */
function shownImages(): Map<string, Image> {
  const shown = new Map<string, Image>();
  for (const { method, path, response, status } of recorded('05-describe-get')) {
    if (method !== 'GET' || status !== 200 || !path.includes('/v1/images')) continue;
    const items = Array.isArray(response?.['items']) ? response['items'] : [response];
    for (const item of items) {
      const image = item as unknown as Image;
      if (image?.metadata?.name !== undefined && image.dockerImageMetadata)
        shown.set(image.metadata.name, image);
    }
  }
  return shown;
}

const shown = [...shownImages()].filter(([digest]) => made.has(digest));

describe('an Image says what its manifest and config say, as OpenShift stored it', () => {
  test('there are images of every kind to compare', () => {
    const types = new Set(shown.map(([, image]) => image.dockerImageManifestMediaType));
    expect(shown.length).toBeGreaterThan(3);
    expect(types.size).toBeGreaterThan(1);
  });

  test.for(shown)('%s', ([digest, expected]) => {
    const manifest = made.get(digest)!;
    const parsed = parseManifest(new TextDecoder().decode(manifest.bytes), manifest.mediaType)!;
    const reference = referenceOf(expected.dockerImageReference ?? '')!;
    const named = { reference, digest };
    const built = buildImage(
      parsed.kind === 'index'
        ? { ...named, ...parsed, now: expected.dockerImageMetadata?.Created ?? '' }
        : parsed.kind === 'manifest'
          ? {
              ...named,
              ...parsed,
              config: {
                ...parsed.config,
                document: configOf(manifest.blobs, parsed.config.digest),
              },
            }
          : { ...named, ...parsed },
    );
    expect(built.ok).toBe(true);
    if (!built.ok) return;
    const { kind: _kind, apiVersion: _version, metadata, ...document } = expected;
    const { metadata: ours, ...content } = built.image;
    // As texts, so that the order of fields counts too.
    expect(JSON.stringify(content)).toBe(JSON.stringify(document));
    expect([ours.name, ours.annotations]).toEqual([metadata.name, metadata.annotations]);
  });
});

function configOf(
  blobs: readonly { digest: string; bytes: Uint8Array }[],
  digest: string,
): unknown {
  const blob = blobs.find((each) => each.digest === digest);
  return JSON.parse(new TextDecoder().decode(blob?.bytes));
}

function v1(more: object): string {
  return JSON.stringify({ id: 'abc', created: '2015-01-01T00:00:00.5+01:00', ...more });
}

describe('what a manifest leaves open', () => {
  const reference = referenceOf('quay.io/acme/old:v1')!;

  test('schema 1 layers are turned around, base first, with the sizes of their history', () => {
    const built = buildImage({
      kind: 'schema1',
      reference,
      digest: 'sha256:1',
      mediaType: '',
      fsLayers: ['sha256:top', 'sha256:base'],
      history: [v1({ Size: 7, architecture: 'amd64' }), 'not json'],
    });
    expect(built).toMatchObject({
      ok: true,
      image: {
        dockerImageReference: 'quay.io/acme/old:sha256:1',
        dockerImageLayers: [
          { name: 'sha256:base', size: 0 },
          { name: 'sha256:top', size: 7 },
        ],
        dockerImageMetadata: { Id: 'abc', Created: '2014-12-31T23:00:00Z', Size: 7 },
        dockerImageManifestMediaType: 'application/vnd.docker.distribution.manifest.v1+json',
      },
    });
  });

  test.for([
    [[], [], 'image has no v1Compatibility history and cannot be used'],
    [
      ['{}'],
      [],
      'the image sha256:1 (quay.io/acme/old:sha256:1) has mismatched history and fslayer cardinality (1 != 0)',
    ],
  ] as const)('schema 1 with %o and %o is refused', ([texts, fsLayers, error]) => {
    expect(
      buildImage({
        kind: 'schema1',
        reference,
        digest: 'sha256:1',
        mediaType: '',
        fsLayers,
        history: texts,
      }),
    ).toEqual({ ok: false, error });
  });

  test('an image of size 0 asks for its layers to be measured; one layer listed twice counts once', () => {
    const built = buildImage({
      kind: 'schema1',
      reference,
      digest: 'sha256:1',
      mediaType: '',
      fsLayers: ['sha256:a', 'sha256:a'],
      history: [v1({}), v1({})],
    });
    if (!built.ok) throw new Error(built.error);
    expect(layersToMeasure(built.image)).toEqual(['sha256:a']);
    const measured = withLayerSizes(built.image, new Map([['sha256:a', 9]]), 0);
    expect(measured.dockerImageMetadata?.Size).toBe(9);
    expect(layersToMeasure(measured)).toEqual([]);
  });

  test('a config digest among the layers counts once', () => {
    const layer = { digest: 'sha256:a', size: 5, mediaType: 'm' };
    const built = buildImage({
      kind: 'manifest',
      reference,
      digest: 'sha256:1',
      mediaType: 'm',
      layers: [layer, layer],
      config: { digest: 'sha256:a', size: 5, document: {} },
    });
    expect(built).toMatchObject({ ok: true, image: { dockerImageMetadata: { Size: 5 } } });
  });

  test('config keys that the type does not know, and empty ones, are dropped', () => {
    const built = buildImage({
      kind: 'manifest',
      reference,
      digest: 'sha256:1',
      mediaType: 'm',
      layers: [],
      config: {
        digest: 'sha256:c',
        size: 1,
        document: {
          os: 'linux',
          created: '0001-01-01T00:00:00Z',
          config: {
            StopSignal: 'SIGTERM',
            User: '',
            Env: [],
            Labels: { b: '2', a: '1' },
            Tty: false,
          },
        },
      },
    });
    if (!built.ok) throw new Error(built.error);
    expect(JSON.stringify(built.image.dockerImageMetadata)).toBe(
      '{"kind":"DockerImage","apiVersion":"image.openshift.io/1.0","Id":"sha256:c","Created":null,"ContainerConfig":{},"Config":{"Labels":{"a":"1","b":"2"}},"Size":1}',
    );
  });
});
