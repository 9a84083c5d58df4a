import { describe, expect, test } from 'vitest';

import { shapes } from '#fixtures/shapes.ts';
import { imageFacts } from '#src/oci/manifest/facts.ts';
import { parseManifest } from '#src/oci/manifest/parse.ts';
import { isAttestation, selectPlatform } from '#src/oci/manifest/select.ts';
import type { ParsedManifest } from '#src/oci/manifest/types.ts';
import { digestOf } from '#src/oci/ref/digest.ts';
import * as mediaTypes from '#src/oci/ref/media-type.ts';

const images = shapes();
const digest = `sha256:${'a'.repeat(64)}`;
const config = { mediaType: mediaTypes.ociConfig, digest, size: 2 };

/** An index of images of these platforms. */
function indexOf(platforms: readonly object[]): ParsedManifest {
  const manifests = platforms.map((platform, number) => ({
    mediaType: mediaTypes.ociManifest,
    digest: `sha256:${String(number).repeat(64)}`,
    size: 2,
    platform,
  }));
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
  return parseManifest(bytes, mediaTypes.ociIndex);
}

function parse(document: unknown, contentType: string = mediaTypes.ociManifest): unknown {
  return parseManifest(Buffer.from(JSON.stringify(document)), contentType);
}

describe('B15: kinds', () => {
  test.for([
    ['docker-single', 'image'],
    ['oci-single', 'image'],
    ['docker-list', 'index'],
    ['oci-index-nested', 'index'],
    ['helm-chart', 'artifact'],
  ] as const)('%s is an %s', ([name, kind]) => {
    const { bytes, mediaType } = images[name];
    expect(parseManifest(bytes, mediaType).kind).toBe(kind);
    expect(parseManifest(bytes, `${mediaType}; charset=utf-8`).descriptor.digest).toBe(
      images[name].digest,
    );
  });

  test.for([
    ['an empty config', 'application/vnd.oci.empty.v1+json', mediaTypes.ociManifest, 'artifact'],
    ['a config of no image', 'application/vnd.acme.thing+json', mediaTypes.ociManifest, 'artifact'],
    ['an image config', mediaTypes.ociConfig, mediaTypes.ociManifest, 'image'],
    ['an old builder’s config', 'application/octet-stream', mediaTypes.dockerManifest, 'image'],
    [
      'such a config in an OCI manifest',
      'application/octet-stream',
      mediaTypes.ociManifest,
      'artifact',
    ],
  ] as const)('%s makes it an %s', ([, configType, mediaType, kind]) => {
    const layers = [{ mediaType: 'text/plain', digest, size: 5 }];
    const document = { schemaVersion: 2, config: { ...config, mediaType: configType }, layers };

    expect(parse(document, mediaType)).toMatchObject({ kind, layers });
  });

  test('the artifact manifest that image-spec had once has no config', () => {
    const blobs = [{ mediaType: 'text/plain', digest, size: 5 }];
    const manifest = parse({ mediaType: mediaTypes.ociArtifact, blobs }, mediaTypes.ociArtifact);

    expect(manifest).toMatchObject({ kind: 'artifact', layers: blobs });
    expect(manifest).not.toHaveProperty('config');
  });

  test('attestations in an index are told from its images', () => {
    const { bytes, mediaType } = images['oci-index-attested'];
    const { manifests } = parseManifest(bytes, mediaType);

    expect(manifests.map(isAttestation)).toEqual([false, false, true, true]);
  });

  test('the document says its type where the header does not', () => {
    const { bytes, mediaType } = images['docker-single'];
    for (const header of ['', 'text/plain', 'application/json', 'application/octet-stream'])
      expect(parseManifest(bytes, header).descriptor.mediaType).toBe(mediaType);
  });

  test('schema 1 is read, layers lowest first, under the digest of its payload', () => {
    const layers = ['b', 'a'].map((each) => ({ blobSum: `sha256:${each.repeat(64)}` }));
    const document = { schemaVersion: 1, name: 'a', tag: 'b', fsLayers: layers, history: [] };
    const unsigned = Buffer.from(JSON.stringify(document));
    const tail = Buffer.from('}');
    const header = { formatLength: unsigned.length - 1, formatTail: tail.toString('base64url') };
    const signed = Buffer.concat([
      unsigned.subarray(0, -1),
      Buffer.from(
        `,"signatures":[{"protected":"${Buffer.from(JSON.stringify(header)).toString('base64url')}"}]}`,
      ),
    ]);
    for (const [bytes, mediaType] of [
      [unsigned, mediaTypes.dockerSchema1],
      [signed, mediaTypes.dockerSchema1Signed],
    ] as const)
      expect(parseManifest(bytes, mediaType)).toMatchObject({
        kind: 'schema1',
        descriptor: { mediaType, digest: digestOf(unsigned) },
        layers: [{ digest: `sha256:${'a'.repeat(64)}` }, { digest: `sha256:${'b'.repeat(64)}` }],
      });
  });
});

describe('what is refused', () => {
  test.for([
    [
      'H14',
      { schemaVersion: 2, mediaType: mediaTypes.ociManifest, config, layers: [] },
      mediaTypes.ociIndex,
      'MEDIATYPE_MISMATCH',
    ],
    [
      'H15',
      { schemaVersion: 2, config, layers: [], manifests: [] },
      mediaTypes.ociManifest,
      'MANIFEST_AMBIGUOUS',
    ],
    [
      'schema',
      { schemaVersion: '2', config, layers: [] },
      mediaTypes.ociManifest,
      'MANIFEST_INVALID',
    ],
    [
      'H22',
      { schemaVersion: 2, config: { ...config, digest: '../x' }, layers: [] },
      mediaTypes.ociManifest,
      'MANIFEST_INVALID',
    ],
    ['type', { schemaVersion: 2 }, 'application/vnd.other+json', 'MANIFEST_UNSUPPORTED'],
    ['array', [], mediaTypes.ociManifest, 'MANIFEST_INVALID'],
  ] as const)('%s', ([, document, contentType, code]) => {
    expect(() => parse(document, contentType)).toThrow(expect.objectContaining({ code }) as Error);
  });

  test.for([-1, 1.5, 2 ** 60, '12', null, undefined])('H21: the size %s', (size) => {
    expect(() => parse({ schemaVersion: 2, config: { ...config, size }, layers: [] })).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID' }) as Error,
    );
  });

  test.for(['"config":1,"config":2', '"Config":1,"config":2', '"\\u0063onfig":1,"config":2'])(
    'H16: twin keys %s',
    (keys) => {
      expect(() =>
        parseManifest(Buffer.from(`{"schemaVersion":2,${keys}}`), mediaTypes.ociManifest),
      ).toThrow(expect.objectContaining({ code: 'MANIFEST_AMBIGUOUS' }) as Error);
    },
  );

  test('H18: depth is found before anything is parsed', () => {
    const deep = Buffer.from('['.repeat(4 * 1024 * 1024 - 1));
    expect(() => parseManifest(deep, mediaTypes.ociManifest)).toThrow(
      expect.objectContaining({ code: 'LIMIT_EXCEEDED', limit: 'jsonDepth' }) as Error,
    );
  });

  test('H19: an index of too many', () => {
    const manifests = Array.from({ length: 129 }, () => config);
    expect(() => parse({ schemaVersion: 2, manifests }, mediaTypes.ociIndex)).toThrow(
      expect.objectContaining({ limit: 'indexChildren' }) as Error,
    );
  });

  test.for([
    [0xff, 0xfe],
    [0xef, 0xbb, 0xbf, 0x7b, 0x7d],
    [0x7b, 0xc0, 0x80, 0x7d],
  ])('H24: bytes that are no text (%s)', (...[bytes]) => {
    expect(() => parseManifest(Buffer.from(bytes), mediaTypes.ociManifest)).toThrow(
      expect.objectContaining({ code: 'MANIFEST_INVALID' }) as Error,
    );
  });

  test('H25: keys that mean something to JavaScript mean nothing', () => {
    const annotations = '{"__proto__":"x","constructor":"y"}';
    const manifest = parseManifest(
      Buffer.from(
        `{"schemaVersion":2,"config":${JSON.stringify(config)},"layers":[],"annotations":${annotations}}`,
      ),
      mediaTypes.ociManifest,
    );
    expect(Object.getPrototypeOf(manifest.annotations)).toBeNull();
    expect(manifest.annotations['__proto__']).toBe('x');
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

describe('B16: platforms', () => {
  const { bytes, mediaType } = images['docker-list'];
  const list = parseManifest(bytes, mediaType);
  const architectureOf = (policy?: Parameters<typeof selectPlatform>[1]): string | undefined =>
    selectPlatform(list, policy)?.platform?.architecture;

  test.for([
    [undefined, 'amd64'],
    [{ prefer: { os: 'linux', architecture: 'arm64' } }, 'arm64'],
    [{ prefer: { architecture: 's390x' } }, 's390x'],
    [{ prefer: { architecture: 'arm', variant: 'v7' } }, 'arm'],
    [{ prefer: { architecture: 'arm', variant: 'v6' } }, 'amd64'],
    [{ prefer: { architecture: 'none' }, fallback: [{ architecture: 'arm64' }] }, 'arm64'],
    [{ fallback: [{ architecture: 'none' }] }, 'amd64'],
    [{ fallback: [{ architecture: 'none' }], ifNone: 'error' }, undefined],
  ] as const)('%j chooses %s', ([policy, expected]) => {
    expect(architectureOf(policy)).toBe(expected);
  });

  test.for([
    ['', 'v8', 0],
    ['v8', 'v8', 0],
    ['v9', 'v8', 1],
    ['v9', 'v9', 0],
    ['v9', '', 0],
  ] as const)('arm64 of variant "%s" for who wants "%s"', ([variant, wanted, expected]) => {
    const platforms = [
      { os: 'linux', architecture: 'arm64', variant },
      { os: 'linux', architecture: 'arm64', variant: 'v8' },
    ];
    const index = indexOf(platforms);

    const chosen = selectPlatform(index, { prefer: { architecture: 'arm64', variant: wanted } });

    expect(chosen).toBe(index.manifests[expected]);
  });

  test.for([
    ['windows', 1],
    ['linux', 0],
  ] as const)('a version of %s counts or not', ([os, expected]) => {
    const index = indexOf(
      ['10.0.17763', '10.0.20348'].map((version) => ({
        os,
        architecture: 'amd64',
        'os.version': version,
      })),
    );

    const chosen = selectPlatform(index, { prefer: { os, 'os.version': '10.0.20348' } });

    expect(chosen).toBe(index.manifests[expected]);
  });

  test('attestations are never chosen', () => {
    const attested = images['oci-index-attested'];
    const index = parseManifest(attested.bytes, attested.mediaType);
    const only = { ...index, manifests: index.manifests.filter(isAttestation) };
    expect(only.manifests).toHaveLength(2);
    expect(selectPlatform(only)).toBeUndefined();
  });
});

describe('B17: sizes', () => {
  test('a layer that stands twice counts once', () => {
    const twice = images['same-layer-twice'];
    const manifest = parseManifest(twice.bytes, twice.mediaType);
    const facts = imageFacts(manifest, twice.blobs[0]!.bytes, { jsonDepth: 64 });
    const distinct = new Map(twice.blobs.map(({ digest: key, bytes }) => [key, bytes.length]));
    expect(facts.size).toBe([...distinct.values()].reduce((sum, size) => sum + size, 0));
    expect(facts.layers).toHaveLength(3);
  });

  test('a config that is a layer as well counts once', () => {
    const layer = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest, size: 2 };
    const manifest = parseManifest(
      Buffer.from(JSON.stringify({ schemaVersion: 2, config, layers: [layer] })),
      mediaTypes.ociManifest,
    );

    expect(imageFacts(manifest, Buffer.from('{}'), { jsonDepth: 64 }).size).toBe(2);
  });

  test('foreign layers are told apart and count', () => {
    const layer = {
      mediaType: 'application/vnd.docker.image.rootfs.foreign.diff.tar.gzip',
      digest,
      size: 7,
      urls: ['https://a.test/x'],
    };
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: { ...config, digest: `sha256:${'b'.repeat(64)}` },
        layers: [layer],
      }),
    );
    const facts = imageFacts(parseManifest(bytes, mediaTypes.ociManifest), Buffer.from('{}'), {
      jsonDepth: 64,
    });
    expect(facts.layers[0]?.foreign).toBe(true);
    expect(facts.size).toBe(9);
  });
});
