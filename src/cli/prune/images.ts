import type { PrunableImage } from '#src/domain/prune.ts';
import { managedImageAnnotation, type Image } from '#src/domain/types.ts';
import type { KubeList } from '#src/meta/object.ts';
import { listPages } from '../list-objects.ts';
import type { Session } from '../session.ts';

/** Images by digest. */
export type Images = ReadonlyMap<string, PrunableImage>;

/** All images; of each page only what pruning must know is kept. */
export async function readImages(session: Session): Promise<Images> {
  const images = new Map<string, PrunableImage>();
  const request = { path: '/apis/image.openshift.io/v1/images', selectors: {} };
  for await (const page of listPages<KubeList<Image>>(session.api(), request))
    for (const image of page.items) images.set(image.metadata.name ?? '', prunable(image));
  return images;
}

function prunable(image: Image): PrunableImage {
  const { name = '', creationTimestamp, annotations } = image.metadata;
  return {
    name,
    created: creationTimestamp ?? '',
    isManaged: annotations?.[managedImageAnnotation] === 'true',
    size: image.dockerImageMetadata?.Size ?? 0,
    parts: (image.dockerImageManifests ?? []).map(({ digest }) => digest),
  };
}
