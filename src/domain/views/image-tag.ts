import { newestEvent, specTag, statusTag } from '../history.ts';
import { tagObjectName } from '../names.ts';
import { withoutOrigin } from '../origin.ts';
import { resolveReferenceForTagEvent } from '../pull-spec.ts';
import { storedImage } from '../stored-image.ts';
import { imageApiVersion, type Image, type ImageStream, type ImageTag } from '../types.ts';

/**
 * A tag as an ImageTag: the metadata of its stream, the intent, the whole history, and the current image where it was
 * loaded. Undefined when the stream knows no such tag.
 */
export function imageTagView(
  stream: ImageStream,
  tag: string,
  image?: Image,
): ImageTag | undefined {
  const spec = specTag(stream, tag);
  const status = statusTag(stream, tag);
  if (spec === undefined && status === undefined) return undefined;
  return {
    kind: 'ImageTag',
    apiVersion: imageApiVersion,
    metadata: { ...stream.metadata, name: tagObjectName(stream.metadata.name ?? '', tag) },
    spec: spec ?? null,
    status: status === undefined ? null : withoutOrigin(status),
    image: image === undefined ? null : currentImage(stream, tag, image),
  };
}

/** Every tag of a stream, intended or pushed, by name. */
export function allTags(stream: ImageStream): string[] {
  const names = [
    ...(stream.spec.tags ?? []).map((tag) => tag.name),
    ...(stream.status.tags ?? []).map((tag) => tag.tag),
  ];
  return [...new Set(names)].toSorted();
}

function currentImage(stream: ImageStream, tag: string, image: Image): Image {
  const event = newestEvent(stream, tag);
  const { kind: _kind, apiVersion: _version, ...stored } = storedImage(image);
  if (event === undefined) return stored;
  return { ...stored, dockerImageReference: resolveReferenceForTagEvent(stream, tag, event) };
}
