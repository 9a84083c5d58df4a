import { invalid, type FieldError } from '#src/meta/field-error.ts';
import { entryTime, isImportable, pushTagEvent, specTag, statusTag } from './history.ts';
import type { ImageStream, TagReference } from './types.ts';

/**
 * Annotations of a spec tag that send it back to an image of its history, while it goes on following its source. The
 * rollback happens when one of them changes: `rollback-to` is the image's digest, `rollback-at` any text, a time as a
 * rule, that tells two rollbacks to the same image apart.
 */
export const rollbackToAnnotation = 'sluice.dev/rollback-to';
export const rollbackAtAnnotation = 'sluice.dev/rollback-at';

export interface RolledBack {
  readonly stream: ImageStream;
  readonly errors: readonly FieldError[];
}

/**
 * Does the rollbacks that a write asks for. Only tags that follow an external source need it: others say by their
 * source what they point at.
 * @param now RFC 3339, second precision
 */
export function withRollbacks(
  stream: ImageStream,
  old: ImageStream | undefined,
  now: string,
): RolledBack {
  const errors: FieldError[] = [];
  let result = stream;
  for (const tag of askedBack(stream, old)) {
    if (!isImportable(tag)) continue;
    const digest = tag.annotations?.[rollbackToAnnotation] ?? '';
    const found = statusTag(result, tag.name)?.items?.find((event) => event.image === digest);
    if (found === undefined) {
      // A manifest that is applied to a new stream names images which that stream cannot know yet.
      if (old !== undefined && specTag(old, tag.name) !== undefined)
        errors.push(
          invalid(
            `spec.tags[${tag.name}].annotations[${rollbackToAnnotation}]`,
            digest,
            'is not the digest of an image in the history of the tag',
          ),
        );
      continue;
    }
    const generation = Math.max(stream.metadata.generation ?? 0, tag.generation ?? 0);
    result = pushTagEvent(result, tag.name, {
      created: entryTime(result, tag.name, now),
      dockerImageReference: found.dockerImageReference,
      image: found.image,
      generation,
    });
  }
  return { stream: result, errors };
}

/** The images that a write of a stream sends tags back to. */
export function rolledBackImages(
  next: ImageStream,
  old: ImageStream | undefined,
): ReadonlySet<string> {
  const images = askedBack(next, old).map((tag) => tag.annotations?.[rollbackToAnnotation] ?? '');
  return new Set(images);
}

function askedBack(next: ImageStream, old: ImageStream | undefined): TagReference[] {
  return (next.spec.tags ?? []).filter((tag) => {
    if ((tag.annotations?.[rollbackToAnnotation] ?? '') === '') return false;
    return markOf(tag) !== markOf(old === undefined ? undefined : specTag(old, tag.name));
  });
}

function markOf(tag: TagReference | undefined): string {
  const { [rollbackToAnnotation]: to = '', [rollbackAtAnnotation]: at = '' } =
    tag?.annotations ?? {};
  return JSON.stringify([to, at]);
}
