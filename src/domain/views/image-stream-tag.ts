import { newestEvent, specTag, statusTag } from '../history.ts';
import { tagObjectName } from '../names.ts';
import { resolveReferenceForTagEvent } from '../pull-spec.ts';
import { storedImage } from '../stored-image.ts';
import {
  imageApiVersion,
  type DockerImage,
  type Image,
  type ImageStream,
  type ImageStreamTag,
  type TagEvent,
} from '../types.ts';

const unloadedMetadata: DockerImage = {
  kind: 'DockerImage',
  apiVersion: 'image.openshift.io/1.0',
  Id: '',
  Created: null,
  ContainerConfig: {},
};

/**
 * A tag as an ImageStreamTag: the identity of its stream, the annotations of its spec tag, and its current image under
 * the pull spec that its policy gives. `image` undefined means that the Image was not loaded: then only its name shows.
 */
export function imageStreamTagView(
  stream: ImageStream,
  tag: string,
  image: Image | undefined,
): ImageStreamTag {
  const intent = specTag(stream, tag);
  const event = imageEvent(stream, tag);
  const conditions = statusTag(stream, tag)?.conditions ?? [];
  return {
    kind: 'ImageStreamTag',
    apiVersion: imageApiVersion,
    metadata: metadataOf(stream, tag, event),
    tag: intent ?? null,
    generation: event?.generation ?? 0,
    lookupPolicy: stream.spec.lookupPolicy,
    ...(conditions.length === 0 ? {} : { conditions }),
    image: imageOf(stream, tag, event, image),
  };
}

/** The current event, if it has an image: a mere reference shows as a tag without one. */
function imageEvent(stream: ImageStream, tag: string): TagEvent | undefined {
  const event = newestEvent(stream, tag);
  return event?.image === '' ? undefined : event;
}

/** The tags of a stream that a list of ImageStreamTags shows: those whose current event has an image, by name. */
export function listedTags(stream: ImageStream): string[] {
  return (stream.status.tags ?? [])
    .filter((tag) => (tag.items?.[0]?.image ?? '') !== '')
    .map((tag) => tag.tag);
}

function metadataOf(
  stream: ImageStream,
  tag: string,
  event: TagEvent | undefined,
): ImageStreamTag['metadata'] {
  const { namespace, uid, resourceVersion, labels, creationTimestamp, name = '' } = stream.metadata;
  const annotations = specTag(stream, tag)?.annotations ?? {};
  return {
    name: tagObjectName(name, tag),
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    creationTimestamp: event?.created ?? creationTimestamp ?? null,
    ...(labels === undefined ? {} : { labels }),
    ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
  };
}

function imageOf(
  ...[stream, tag, event, image]: [ImageStream, string, TagEvent | undefined, Image | undefined]
): Image {
  const pullSpec = event === undefined ? '' : resolveReferenceForTagEvent(stream, tag, event);
  const reference = pullSpec === '' ? {} : { dockerImageReference: pullSpec };
  if (image === undefined) {
    const name = event?.image ?? '';
    const metadata = { ...(name === '' ? {} : { name }), creationTimestamp: null };
    return {
      metadata,
      ...reference,
      dockerImageMetadata: unloadedMetadata,
      dockerImageMetadataVersion: '1.0',
    };
  }
  const annotations = { ...image.metadata.annotations, ...specTag(stream, tag)?.annotations };
  const { kind: _kind, apiVersion: _version, ...stored } = storedImage(image);
  return {
    ...stored,
    metadata:
      Object.keys(annotations).length === 0 ? image.metadata : { ...image.metadata, annotations },
    ...reference,
  };
}
