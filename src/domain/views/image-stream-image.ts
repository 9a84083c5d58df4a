import { matchesImage } from '../digest.ts';
import { storedImage } from '../stored-image.ts';
import { imageApiVersion, type Image, type ImageStream, type ImageStreamImage } from '../types.ts';

/**
 * An image of a stream under the name that was asked for, which may be a prefix. The pull spec is the image's own: no
 * reference policy applies.
 */
export function imageStreamImageView(
  stream: ImageStream,
  requestedName: string,
  image: Image,
): ImageStreamImage {
  const { namespace, annotations } = stream.metadata;
  const { kind: _kind, apiVersion: _version, ...stored } = storedImage(image);
  return {
    kind: 'ImageStreamImage',
    apiVersion: imageApiVersion,
    metadata: {
      name: requestedName,
      ...(namespace === undefined ? {} : { namespace }),
      creationTimestamp: image.metadata.creationTimestamp ?? null,
      ...(annotations === undefined ? {} : { annotations }),
    },
    image: stored,
  };
}

/** Every image of the histories of a stream, each once, in the order of tags and newest first. */
export function imagesInHistory(stream: ImageStream): string[] {
  const images = (stream.status.tags ?? [])
    .flatMap((tag) => tag.items ?? [])
    .map((event) => event.image);
  return [...new Set(images)].filter((image) => image !== '');
}

/**
 * The image that an id, or a prefix of one, names among the images of a stream and the parts of its indexes
 * (`partsOf` an image that is none answers nothing). Of several the first in order is taken, tagged images first.
 */
export function findStreamImage(
  stream: ImageStream,
  id: string,
  partsOf: (image: string) => readonly string[],
): string | undefined {
  const tagged = imagesInHistory(stream);
  return [...tagged, ...tagged.flatMap((image) => partsOf(image))].find((image) =>
    matchesImage(image, id),
  );
}
