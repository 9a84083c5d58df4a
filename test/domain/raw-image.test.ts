import { describe, expect, test } from 'vitest';
import { recordedImages } from '#fixtures/recorded.ts';
import { imageToCreate, imageToUpdate } from '#src/domain/raw-image.ts';
import { dockerLayersOrderAnnotation, type Image } from '#src/domain/types.ts';
import { now } from './builders.ts';

const { named } = recordedImages();
const demo = named['demo1']!;
const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
const config = demo.blobs.find((blob) => text(blob.bytes).includes('"architecture"'))!;

function pushed(more: Partial<Image> = {}): Image {
  return {
    metadata: { name: demo.digest },
    dockerImageReference: `registry.local/ns/app@${demo.digest}`,
    dockerImageManifest: text(demo.bytes),
    dockerImageConfig: text(config.bytes),
    ...more,
  };
}

describe('an image that a client creates', () => {
  test('gets its metadata, layers and media type from its manifest and config', () => {
    const image = imageToCreate(pushed(), now);
    expect(image.dockerImageMetadata).toMatchObject({ Id: config.digest, Architecture: 'amd64' });
    expect(image.dockerImageLayers).toHaveLength(3);
    expect(image.metadata.annotations).toEqual({ [dockerLayersOrderAnnotation]: 'ascending' });
  });

  test('keeps what it says itself when that is complete, with its layers turned base first', () => {
    const layers = ['top', 'base'].map((name) => ({ name, size: 1, mediaType: 'm' }));
    const metadata = { Id: 'x', Size: 9, Unknown: true } as unknown as NonNullable<
      Image['dockerImageMetadata']
    >;
    const image = imageToCreate(
      pushed({
        dockerImageLayers: layers,
        dockerImageMetadata: metadata,
        dockerImageManifestMediaType: 'm',
      }),
      now,
    );
    expect(image.dockerImageLayers?.map((layer) => layer.name)).toEqual(['base', 'top']);
    expect(image.dockerImageMetadata).toEqual({
      kind: 'DockerImage',
      apiVersion: 'image.openshift.io/1.0',
      Id: 'x',
      Created: null,
      ContainerConfig: {},
      Size: 9,
    });
  });

  test('drops its raw documents where the registry keeps them', () => {
    const annotations = { 'image.openshift.io/manifestBlobStored': 'true' };
    const image = imageToCreate(pushed({ metadata: { name: demo.digest, annotations } }), now);
    expect(image).not.toHaveProperty('dockerImageManifest');
    expect(image).not.toHaveProperty('dockerImageConfig');
    expect(image.dockerImageLayers).toHaveLength(3);
  });

  test('an unreadable manifest changes nothing', () => {
    const image = imageToCreate(pushed({ dockerImageManifest: '{"schemaVersion":2' }), now);
    expect(image.dockerImageLayers).toBeUndefined();
    expect(image.dockerImageManifest).toBe('{"schemaVersion":2');
  });

  test('an index gets its parts and the time of the write', () => {
    const index = named['multi']!;
    const image = imageToCreate(
      { ...pushed(), metadata: { name: index.digest }, dockerImageManifest: text(index.bytes) },
      now,
    );
    expect(image.dockerImageManifests?.map((part) => part.digest)).toEqual(
      index.children.map((child) => child.digest),
    );
    expect(image.dockerImageMetadata?.Created).toBe(now);
  });
});

describe('an image that a client updates', () => {
  const old = imageToCreate(pushed(), now);
  const digests = new Map([
    [text(demo.bytes), demo.digest],
    [text(config.bytes), config.digest],
  ]);
  const digestOf = (content: string): string => digests.get(content) ?? 'sha256:other';
  const both = { ofManifest: digestOf, ofConfig: digestOf };

  test('keeps what describes its content', () => {
    const next = {
      ...old,
      metadata: { ...old.metadata, labels: { a: 'b' } },
      dockerImageLayers: [],
      dockerImageMetadata: null,
    };
    expect(imageToUpdate(next, old, both)).toEqual({ ...old, metadata: next.metadata });
  });

  test('takes only its own manifest and config', () => {
    const bare = { ...old, dockerImageManifest: '', dockerImageConfig: '' };
    expect(imageToUpdate(bare, old, both)).not.toHaveProperty('dockerImageManifest');
    const back = imageToUpdate(old, imageToUpdate(bare, old, both), both);
    expect(back.dockerImageManifest).toBe(text(demo.bytes));
    expect(back.dockerImageConfig).toBe(text(config.bytes));
    const forged = { ...old, dockerImageManifest: '{}', dockerImageConfig: '{}' };
    expect(imageToUpdate(forged, old, both)).toEqual(old);
  });
});
