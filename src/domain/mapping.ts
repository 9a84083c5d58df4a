import { entryTime, newestEvent, pushTagEvent, trackTag } from './history.ts';
import { asRepository, exactReference, referenceOf } from './reference.ts';
import type { RegistryHosts } from './repositories.ts';
import {
  managedImageAnnotation,
  type Image,
  type ImageStream,
  type ImageStreamMapping,
} from './types.ts';

/** What a push registers: an image under a tag. */
export interface MappingToRecord {
  readonly stream: ImageStream;
  readonly tag: string;
  /** The image of the request. */
  readonly image: Image;
  /** Whether the image was known before. */
  readonly existed: boolean;
  /** RFC 3339, second precision. */
  readonly now: string;
}

export interface RecordedMapping {
  /** To be written as a status update. */
  readonly stream: ImageStream;
  /** False when the tag has that image already: then nothing is to be written. */
  readonly changed: boolean;
}

/** Fills the pull spec of a pushed image that has none, and drops signatures, which are not taken from a push. */
export function defaultMapping(
  mapping: ImageStreamMapping,
  hosts: RegistryHosts,
): ImageStreamMapping {
  const { signatures: _signatures, ...image } = mapping.image;
  const hasReference = (image.dockerImageReference ?? '') !== '';
  if (hasReference || hosts.internal === undefined || hosts.internal === '')
    return { ...mapping, image };
  const { namespace = '', name = '' } = mapping.metadata;
  const digest = image.metadata.name ?? '';
  const suffix = digest === '' ? '' : `@${digest}`;
  const dockerImageReference = `${hosts.internal}/${namespace}/${name}${suffix}`;
  return { ...mapping, image: { ...image, dockerImageReference } };
}

/**
 * Puts a pushed image onto a tag and onto the tags that follow it. The spec is never touched, and the event takes the
 * generation that the stream has (openshift-apiserver registry/imagestreammapping).
 */
export function recordMapping({
  stream,
  tag,
  image,
  existed,
  now,
}: MappingToRecord): RecordedMapping {
  const isManaged = image.metadata.annotations?.[managedImageAnnotation] === 'true';
  const event = {
    created: entryTime(stream, tag, now),
    dockerImageReference:
      existed && isManaged ? ownReference(stream, image) : (image.dockerImageReference ?? ''),
    image: image.metadata.name ?? '',
    generation: stream.metadata.generation ?? 0,
  };
  const pushed = pushTagEvent(stream, tag, event);
  if (pushed === stream) return { stream, changed: false };
  return { stream: trackTag(pushed, tag), changed: true };
}

/** After a conflict: whether nobody else moved the tag, so that the mapping may be recorded on the fresh stream. */
export function mayRetryMapping(before: ImageStream, fresh: ImageStream, tag: string): boolean {
  const old = newestEvent(before, tag);
  const now = newestEvent(fresh, tag);
  if (old === undefined) return true;
  return now?.image === old.image && now.dockerImageReference === old.dockerImageReference;
}

// A known image keeps its first pull spec, so a push of it to another repository must name that repository itself.
function ownReference(stream: ImageStream, image: Image): string {
  const repository = referenceOf(stream.status.dockerImageRepository);
  return repository === undefined
    ? (image.dockerImageReference ?? '')
    : exactReference({ ...asRepository(repository), id: image.metadata.name ?? '' });
}
