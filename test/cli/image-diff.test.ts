import { describe, expect, test } from 'vitest';
import { diffText } from '#src/cli/describe/diff.ts';
import { diffImages } from '#src/cli/image-diff.ts';
import type { DockerConfig, Image } from '#src/domain/types.ts';

function image(name: string, layers: readonly [string, number][], config: DockerConfig): Image {
  return {
    metadata: { name },
    dockerImageLayers: layers.map(([layer, size]) => ({ name: layer, size, mediaType: 'x' })),
    dockerImageMetadata: {
      kind: 'DockerImage',
      apiVersion: 'image.openshift.io/1.0',
      Id: '',
      Created: '2026-01-01T00:00:00Z',
      ContainerConfig: {},
      Architecture: 'amd64',
      Config: config,
    },
  };
}

const revision = 'org.opencontainers.image.revision';
const old = image(
  'sha256:a',
  [
    ['base', 1000],
    ['one', 500],
  ],
  {
    Env: ['PATH=/bin', 'OLD=1', 'MODE=a=b'],
    Labels: { [revision]: 'abc', same: 'x' },
    User: 'root',
    ExposedPorts: { '80/tcp': {} },
  },
);
const next = image(
  'sha256:b',
  [
    ['base', 1000],
    ['two', 700],
  ],
  {
    Env: ['PATH=/bin', 'MODE=c'],
    Labels: { [revision]: 'def', same: 'x' },
    User: '1000',
    ExposedPorts: { '80/tcp': {}, '443/tcp': {} },
    Entrypoint: ['/run', 'it'],
  },
);

describe('the difference of two images', () => {
  test('names layers, and every property that changed, came or went', () => {
    expect(diffText(diffImages(old, next))).toBe(`--- sha256:a
+++ sha256:b
source revision: abc -> def
size: 1.5kB -> 1.7kB (+200B)
- user: root
+ user: 1000
- ports: 80/tcp
+ ports: 443/tcp, 80/tcp
- env OLD: 1
- env MODE: a=b
+ env MODE: c
- label ${revision}: abc
+ label ${revision}: def
+ entrypoint: ["/run","it"]
layers: 1 shared
- layer one 500B
+ layer two 700B
`);
  });

  test('of an image and itself is none', () => {
    expect(diffImages(old, old)).toMatchObject({ changes: [], addedLayers: [], removedLayers: [] });
    expect(diffText(diffImages(old, old))).toContain('The images are the same.');
  });
});
