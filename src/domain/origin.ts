import { newestEvent, sameEvent, statusTag } from './history.ts';
import { rolledBackImages } from './rollback.ts';
import type { ImageStream, NamedTagEventList, TagCause, TagEvent } from './types.ts';

/** What a write of a stream is for, and who wants it. */
export interface Origin {
  readonly cause: TagCause;
  /** User name. */
  readonly by: string;
}

/**
 * The stream with an origin on every entry of its histories: entries that were there before keep theirs, new ones take
 * that of the write. What the incoming stream says of origins does not count, so a client can neither forge nor lose one.
 */
export function withOrigins(
  next: ImageStream,
  old: ImageStream | undefined,
  origin: Origin,
): ImageStream {
  const { tags } = next.status;
  if (tags === undefined) return next;
  const rolledBack = origin.cause === 'tag' ? rolledBackImages(next, old) : new Set<string>();
  const sealed = tags.map((tag): NamedTagEventList => {
    if (tag.items === null) return tag;
    const before = (old === undefined ? undefined : statusTag(old, tag.tag))?.items ?? [];
    const added = Math.max(0, tag.items.length - before.length);
    const items = tag.items.map((event, index) => {
      const known = knownEvent(before, event, index - added);
      if (known !== undefined) return withOriginOf(event, known);
      const cause = rolledBack.has(event.image) ? 'rollback' : origin.cause;
      return { ...bare(event), cause, by: origin.by, ...secretOf(event, cause) };
    });
    return { ...tag, items };
  });
  return { ...next, status: { ...next.status, tags: sealed } };
}

/**
 * The stream with the secret on each entry that an import has put on top.
 * @param secrets names by tag
 */
export function withSecrets(
  next: ImageStream,
  old: ImageStream | undefined,
  secrets: ReadonlyMap<string, string>,
): ImageStream {
  const { tags } = next.status;
  if (tags === undefined || secrets.size === 0) return next;
  const marked = tags.map((tag): NamedTagEventList => {
    const secret = secrets.get(tag.tag);
    const [newest, ...older] = tag.items ?? [];
    const before = old === undefined ? undefined : newestEvent(old, tag.tag);
    if (secret === undefined || newest === undefined || sameEvent(newest, before)) return tag;
    return { ...tag, items: [{ ...newest, secret }, ...older] };
  });
  return { ...next, status: { ...next.status, tags: marked } };
}

/** The stream as the wire has it. */
export function withoutOrigins(stream: ImageStream): ImageStream {
  const { tags } = stream.status;
  if (!(tags ?? []).some((tag) => hasOrigin(tag))) return stream;
  return { ...stream, status: { ...stream.status, tags: (tags ?? []).map(withoutOrigin) } };
}

/** A status tag as the wire has it. */
export function withoutOrigin(tag: NamedTagEventList): NamedTagEventList {
  return tag.items !== null && hasOrigin(tag) ? { ...tag, items: tag.items.map(bare) } : tag;
}

function hasOrigin({ items }: NamedTagEventList): boolean {
  return (items ?? []).some((event) => event.cause !== undefined || event.by !== undefined);
}

/**
 * The entry as it was before the write. Entries are put on top, so it is looked for at its place from the bottom; only
 * writes of the status can leave out or move some.
 */
function knownEvent(
  before: readonly TagEvent[],
  event: TagEvent,
  place: number,
): TagEvent | undefined {
  if (place < 0) return undefined;
  const there = before[place];
  if (there !== undefined && isSameEntry(there, event)) return there;
  return before.find((candidate) => isSameEntry(candidate, event));
}

/** An entry that is changed in place keeps its time; with another image it is another entry. */
function isSameEntry(a: TagEvent, b: TagEvent): boolean {
  return a.image === b.image && a.created === b.created;
}

/** Only imports use secrets; in any other write the client speaks. */
function secretOf({ secret }: TagEvent, cause: TagCause): Pick<TagEvent, 'secret'> {
  const isImported = cause === 'import' || cause === 'schedule';
  return isImported && secret !== undefined ? { secret } : {};
}

function withOriginOf(event: TagEvent, { cause, by, secret }: TagEvent): TagEvent {
  return {
    ...bare(event),
    ...(cause === undefined ? {} : { cause }),
    ...(by === undefined ? {} : { by }),
    ...(secret === undefined ? {} : { secret }),
  };
}

function bare({ cause: _cause, by: _by, secret: _secret, ...event }: TagEvent): TagEvent {
  return event;
}
