/** One image of each shape that registries serve today, besides the recorded ones. */
import { digestOf } from './digest.ts';
import {
  makeArtifact,
  makeImage,
  makeIndex,
  type Format,
  type Manifest,
  type Placement,
} from './make.ts';
import { helmChart, helmConfig, inToto, ociConfig } from './media-types.ts';

/** Every shape by name, each to be pushed as `shapes/NAME:latest`. */
export function shapes(): Record<ShapeName, Manifest> {
  const platforms = [
    { architecture: 'amd64' },
    { architecture: 'arm64', variant: 'v8' },
    { architecture: 'arm', variant: 'v7' },
    { architecture: 's390x' },
  ];
  const built = [image('oci', 'attested-amd64'), image('oci', 'attested-arm64', 'arm64')];
  return {
    'docker-single': image('docker', 'docker-single'),
    'oci-single': image('oci', 'oci-single'),
    'docker-list': makeIndex(
      platforms.map((platform) =>
        makeImage({
          layers: [{ 'app/arch': Object.values(platform).join('/') }],
          config: { Cmd: ['/app/run'] },
          ...platform,
        }),
      ),
    ),
    'oci-index-attested': makeIndex([...built, ...built.map((child) => attestation(child))], 'oci'),
    'oci-index-nested': makeIndex([makeIndex(built, 'oci')], 'oci'),
    'helm-chart': makeArtifact(
      { mediaType: helmConfig, text: '{"name":"demo","version":"1.0.0"}' },
      [{ mediaType: helmChart, text: 'a chart' }],
    ),
    'same-layer-twice': makeImage({
      layers: [{ 'app/a': 'same' }, { 'app/b': 'other' }, { 'app/a': 'same' }],
      config: { Cmd: ['/app/run'] },
    }),
  };
}

/** The shapes that `shapes` makes. */
export type ShapeName =
  | 'docker-single'
  | 'oci-single'
  | 'docker-list'
  | 'oci-index-attested'
  | 'oci-index-nested'
  | 'helm-chart'
  | 'same-layer-twice';

/** Where `seed.ts` pushes the shapes. */
export function shapePlacements(): Placement[] {
  return Object.entries(shapes()).map(([name, manifest]) => ({
    repository: `shapes/${name}`,
    tags: ['latest'],
    manifest,
  }));
}

function image(format: Format, name: string, architecture = 'amd64'): Manifest {
  return makeImage({
    format,
    architecture,
    layers: [{ 'etc/base': 'base' }, { 'app/name': name }],
    config: { Env: ['PATH=/usr/bin:/bin'], Cmd: ['/app/run'], Labels: { name } },
  });
}

/** What BuildKit puts beside an image in its index: provenance on the platform unknown/unknown, tied to the image by digest. */
export function attestation(subject: Manifest): Manifest {
  const statement = JSON.stringify({
    _type: 'https://in-toto.io/Statement/v0.1',
    predicateType: 'https://slsa.dev/provenance/v0.2',
    subject: [{ name: 'demo', digest: { sha256: subject.digest.slice('sha256:'.length) } }],
    predicate: { builder: { id: '' }, buildType: 'https://mobyproject.org/buildkit@v1' },
  });
  const config = JSON.stringify({
    architecture: 'unknown',
    os: 'unknown',
    config: {},
    rootfs: { type: 'layers', diff_ids: [digestOf(Buffer.from(statement))] },
  });
  const manifest = makeArtifact({ mediaType: ociConfig, text: config }, [
    { mediaType: inToto, text: statement },
  ]);
  return {
    ...manifest,
    platform: { architecture: 'unknown', os: 'unknown' },
    descriptorAnnotations: {
      'vnd.docker.reference.digest': subject.digest,
      'vnd.docker.reference.type': 'attestation-manifest',
    },
  };
}
