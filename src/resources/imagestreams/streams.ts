import type { Key } from '#src/store/store.ts';
import type { Objects } from '#src/store/objects.ts';
import { streamKey } from '#src/domain/tag-events.ts';
import type { StreamSource } from '#src/domain/stream-write.ts';
import { imageGroup, type Image, type ImageStream } from '#src/domain/types.ts';

export const imageStreamsResource = { group: imageGroup, resource: 'imagestreams' } as const;

/** Where a stream is kept. */
export function imageStreamKey(namespace: string, name: string): Key {
  return { resource: `imagestreams.${imageGroup}`, namespace, name };
}

/** Where an image is kept; images belong to no namespace. */
export function imageKey(name: string): Key {
  return { resource: `images.${imageGroup}`, namespace: '', name };
}

/** Streams by `namespace/name`; those that do not exist are left out. */
export async function loadStreams(
  objects: Objects,
  sources: readonly StreamSource[],
): Promise<ReadonlyMap<string, ImageStream>> {
  const loaded = await Promise.all(
    sources.map(async ({ namespace, name }) => {
      const stream = await objects.get<ImageStream>(imageStreamKey(namespace, name));
      return [streamKey(namespace, name), stream] as const;
    }),
  );
  return new Map(loaded.filter((entry): entry is [string, ImageStream] => entry[1] !== undefined));
}

/** Images by digest; those that do not exist are left out. */
export async function loadImages(
  objects: Objects,
  names: Iterable<string>,
): Promise<ReadonlyMap<string, Image>> {
  const wanted = [...new Set(names)].filter((name) => name !== '');
  const loaded = await Promise.all(
    wanted.map(async (name) => [name, await objects.get<Image>(imageKey(name))] as const),
  );
  return new Map(loaded.filter((entry): entry is [string, Image] => entry[1] !== undefined));
}
