import { newestEvent, sameEvent } from './history.ts';
import { resolveReferenceForTagEvent } from './pull-spec.ts';
import type { ImageStream, TagEvent } from './types.ts';

/** A tag that points elsewhere than before. */
export interface TagMove {
  readonly tag: string;
  /** Undefined for a tag that had no history. */
  readonly from: TagEvent | undefined;
  readonly to: TagEvent;
  /** What users of the tag pull now. */
  readonly pullSpec: string;
}

/**
 * The tags of a stream whose image can be pulled as something else than before: a new image, the same from another
 * place, or under another reference policy. A new generation alone moves nothing, and a tag that lost its history has
 * nowhere to go.
 */
export function movedTags(old: ImageStream | undefined, next: ImageStream): TagMove[] {
  return (next.status.tags ?? []).flatMap(({ tag, items }) => {
    const to = items?.[0];
    if (to === undefined) return [];
    const from = old === undefined ? undefined : newestEvent(old, tag);
    const pullSpec = resolveReferenceForTagEvent(next, tag, to);
    const isSame =
      old !== undefined &&
      from !== undefined &&
      sameEvent({ ...from, generation: to.generation, created: to.created }, to) &&
      resolveReferenceForTagEvent(old, tag, from) === pullSpec;
    return isSame ? [] : [{ tag, from, to, pullSpec }];
  });
}
