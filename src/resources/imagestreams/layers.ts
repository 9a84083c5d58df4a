import type { Rest } from '#src/apiserver/resource.ts';
import { imagesInHistory } from '#src/domain/views/image-stream-image.ts';
import { layersView } from '#src/domain/views/layers.ts';
import type { Image, ImageStream } from '#src/domain/types.ts';
import type { Objects } from '#src/store/objects.ts';

import type { ResourceDeps } from '../deps.ts';
import type { StreamStorage } from './storage.ts';
import { loadImages } from './streams.ts';

/** `imagestreams/layers`: every blob that the images of a stream are made of. */
export function streamLayers({ objects }: ResourceDeps, storage: StreamStorage): Rest {
  return {
    async get(context, name) {
      const stream = await storage.main.get(context, name);
      const images = await imagesOf(objects, stream);
      return layersView(stream, (image) => images.get(image));
    },
  };
}

/** The images of a stream's whole history with the parts of its indexes, by digest. */
export async function imagesOf(
  objects: Objects,
  stream: ImageStream,
): Promise<ReadonlyMap<string, Image>> {
  const images = await loadImages(objects, imagesInHistory(stream));
  const parts = await loadImages(objects, [...images.values()].flatMap(partsOf));
  return new Map([...parts, ...images]);
}

/** Digests of the images that an index holds. */
export function partsOf(image: Image | undefined): string[] {
  return (image?.dockerImageManifests ?? []).map((manifest) => manifest.digest);
}
