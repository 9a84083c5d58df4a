import { sourceNamespace } from './tag-source.ts';
import type { ImageStream, TagReference } from './types.ts';

/**
 * Whether a spec tag asks for something else than before: another source, another importance of it, or generation 0
 * ("import again"). The kind of the source, its policies and annotations do not count.
 */
export function tagRefChanged(stream: ImageStream, old: TagReference, next: TagReference): boolean {
  const { from } = next;
  if (from === undefined) return false;
  if ((from.kind ?? '') === '' && (from.name ?? '') === '') return false;
  const asksAgain = next.generation === 0 && old.generation !== null && old.generation !== 0;
  return asksAgain || intentOf(stream, old) !== intentOf(stream, next);
}

function intentOf(stream: ImageStream, tag: TagReference): string {
  const { from = {} } = tag;
  return JSON.stringify([
    sourceNamespace(stream, from),
    from.name ?? '',
    tag.reference === true,
    tag.importPolicy.importMode ?? '',
  ]);
}

/** The spec tags that are new or changed against the old stream. */
export function changedTags(stream: ImageStream, old: ImageStream | undefined): TagReference[] {
  const before = new Map((old?.spec.tags ?? []).map((tag) => [tag.name, tag]));
  return (stream.spec.tags ?? []).filter((tag) => {
    const previous = before.get(tag.name);
    return previous === undefined || tagRefChanged(stream, previous, tag);
  });
}
