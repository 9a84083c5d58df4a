import { newestEvent, specTag } from './history.ts';
import { isDigest } from './digest.ts';
import { asRepository, exactReference, referenceOf } from './reference.ts';
import type { ImageStream, TagEvent, TagReference } from './types.ts';

/**
 * The pull spec that users of a tag are given for an event. With policy Local that is the stream's place in the
 * integrated registry, pinned to the image; with Source, and wherever Local is impossible, it is where the image came
 * from (library-go image/imageutil).
 */
export function resolveReferenceForTagEvent(
  stream: ImageStream,
  tag: string,
  event: TagEvent,
): string {
  if (specTag(stream, tag)?.referencePolicy.type !== 'Local' || event.image === '')
    return event.dockerImageReference;
  const local = referenceOf(stream.status.dockerImageRepository);
  if (local === undefined) return event.dockerImageReference;
  return exactReference({ ...asRepository(local), id: event.image });
}

/** A pull spec, or why there is none. */
export type PullSpec =
  | {
      readonly pullSpec: string;
      /** A newer intent is not yet imported. */
      readonly hasNewer: boolean;
      /** The tag has no history; the pull spec says where its image will be. */
      readonly isTagEmpty: boolean;
    }
  | { readonly error: string };

/** The last known pull spec, whether or not a newer one is pending. */
export function resolveRecentPullSpec(stream: ImageStream, tag: string): PullSpec {
  const event = newestEvent(stream, tag);
  if (event === undefined) return expectedPullSpec(stream, tag);
  return {
    pullSpec: resolveReferenceForTagEvent(stream, tag, event),
    hasNewer: isPending(specTag(stream, tag), event),
    isTagEmpty: false,
  };
}

/** The pull spec that the newest intent leads to; an error while only an import can tell. */
export function resolveNewestPullSpec(stream: ImageStream, tag: string): PullSpec {
  const event = newestEvent(stream, tag);
  if (event === undefined) return expectedPullSpec(stream, tag);
  const intent = specTag(stream, tag);
  if (!isPending(intent, event)) return resolveRecentPullSpec(stream, tag);
  const source = sourcePullSpec(intent);
  return source === undefined
    ? { error: 'the pull spec cannot be determined yet' }
    : { pullSpec: source, hasNewer: false, isTagEmpty: false };
}

/** `⟨repository⟩@⟨image⟩`, the most accurate spelling of where an image is. */
export function accuratePullSpec(reference: string, image: string): string {
  const parsed = referenceOf(reference);
  if (parsed === undefined || !isDigest(image)) return reference;
  return exactReference({ ...asRepository(parsed), id: image });
}

function expectedPullSpec(stream: ImageStream, tag: string): PullSpec {
  const source = sourcePullSpec(specTag(stream, tag));
  if (source !== undefined) return { pullSpec: source, hasNewer: false, isTagEmpty: true };
  const { dockerImageRepository } = stream.status;
  if (dockerImageRepository === '')
    return { error: 'no image repository has been set on the image stream status' };
  return { pullSpec: `${dockerImageRepository}:${tag}`, hasNewer: false, isTagEmpty: true };
}

function sourcePullSpec(tag: TagReference | undefined): string | undefined {
  if (tag?.from?.kind !== 'DockerImage' || tag.referencePolicy.type !== 'Source') return undefined;
  return tag.from.name;
}

function isPending(tag: TagReference | undefined, event: TagEvent): boolean {
  return (tag?.generation ?? 0) > event.generation;
}
