import { specTag } from '#src/domain/history.ts';
import type { ImageStream, TagReference } from '#src/domain/types.ts';
import type { ObjectReference } from '#src/meta/object.ts';

/** Where a chain of aliases inside one stream ends, or why it cannot be followed. `tag` is how far it went. */
export type FollowedTag =
  | {
      readonly kind: 'found';
      readonly tag: string;
      readonly spec: TagReference;
      readonly isAlias: boolean;
    }
  | {
      readonly kind: 'not-found' | 'circular' | 'cross-stream' | 'malformed';
      readonly tag: string;
    };

/** Follows spec tags whose source is an ImageStreamTag of the same stream (library-go FollowTagReference). */
export function followTag(stream: ImageStream, name: string): FollowedTag {
  const seen = new Set<string>();
  for (let tag = name; ;) {
    if (seen.has(tag)) return { kind: 'circular', tag };
    seen.add(tag);
    const spec = specTag(stream, tag);
    if (spec === undefined) return { kind: 'not-found', tag };
    if (spec.from?.kind !== 'ImageStreamTag')
      return { kind: 'found', tag, spec, isAlias: seen.size > 1 };
    const next = tagOfSameStream(stream, spec.from);
    if ('problem' in next) return { kind: next.problem, tag };
    tag = next.tag;
  }
}

/** `tag` and `stream:tag` name a tag of the stream itself. */
function tagOfSameStream(
  stream: ImageStream,
  from: ObjectReference,
): { readonly tag: string } | { readonly problem: 'cross-stream' | 'malformed' } {
  const { name = '', namespace = '' } = from;
  if (namespace !== '' && namespace !== stream.metadata.namespace)
    return { problem: 'cross-stream' };
  const parts = name.split(':');
  if (parts.length > 2) return { problem: 'malformed' };
  const [first = '', second] = parts;
  if (second === undefined) return { tag: first };
  return first === stream.metadata.name ? { tag: second } : { problem: 'cross-stream' };
}
