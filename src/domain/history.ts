import { finderByName } from './find-by-name.ts';
import { isOwnNamespace, tagFromReference } from './tag-source.ts';
import { epochSeconds } from './time.ts';
import type {
  ImageStream,
  NamedTagEventList,
  TagEvent,
  TagEventCondition,
  TagReference,
} from './types.ts';

const findSpecTag = finderByName(({ name }: TagReference) => name);
const findStatusTag = finderByName(({ tag }: NamedTagEventList) => tag);

/** The spec tag of that name. */
export function specTag({ spec }: ImageStream, tag: string): TagReference | undefined {
  return spec.tags && findSpecTag(spec.tags, tag);
}

/** The status tag of that name. */
export function statusTag({ status }: ImageStream, tag: string): NamedTagEventList | undefined {
  return status.tags && findStatusTag(status.tags, tag);
}

/** What a tag points at now: the top of its history. */
export function newestEvent(stream: ImageStream, tag: string): TagEvent | undefined {
  return statusTag(stream, tag)?.items?.[0];
}

/**
 * When an entry comes onto a tag's history: now, but never before the entry under it. The clock may have been set back
 * since, or be another one, and a history is read from top to bottom.
 * @param now RFC 3339
 */
export function entryTime(stream: ImageStream, tag: string, now: string): string {
  const under = newestEvent(stream, tag)?.created ?? '';
  return (epochSeconds(under) ?? 0) > (epochSeconds(now) ?? Infinity) ? under : now;
}

/** The condition of a failed import, if the tag has one. */
export function importCondition(
  status: NamedTagEventList | undefined,
): TagEventCondition | undefined {
  return status?.conditions?.find((condition) => condition.type === 'ImportSuccess');
}

/** The newest generation that an import or a push has answered for; 0 when none has. */
export function observedGeneration(status: NamedTagEventList | undefined): number {
  return Math.max(status?.items?.[0]?.generation ?? 0, importCondition(status)?.generation ?? 0);
}

/** A spec tag that imports fill: it names an external image and is no mere reference. */
export function isImportable(tag: TagReference): boolean {
  return tag.from?.kind === 'DockerImage' && tag.reference !== true;
}

/** Whether the intent is newer than what was observed; a tag without generation is not. */
export function needsImport(tag: TagReference, status: NamedTagEventList | undefined): boolean {
  return (
    isImportable(tag) && tag.generation !== null && tag.generation > observedGeneration(status)
  );
}

/** Tags by name in code point order of their UTF-16 units, each name once: the last of equal names wins. */
export function sortedByName<T>(tags: readonly T[], nameOf: (tag: T) => string): T[] {
  const byName = new Map(tags.map((tag) => [nameOf(tag), tag]));
  return [...byName.entries()].toSorted(([a], [b]) => compareText(a, b)).map(([, tag]) => tag);
}

/** A sorted list with the tag in place of the one of its name, or where it belongs. */
function withNamed<T>(tags: readonly T[], tag: T, nameOf: (tag: T) => string): T[] {
  const name = nameOf(tag);
  const same = tags.findIndex((each) => nameOf(each) === name);
  if (same !== -1) return tags.with(same, tag);
  const next = tags.findIndex((each) => nameOf(each) > name);
  return next === -1 ? [...tags, tag] : tags.toSpliced(next, 0, tag);
}

/** The stream with that spec tag in place of the one of the same name. */
export function withSpecTag(stream: ImageStream, tag: TagReference): ImageStream {
  const tags = withNamed(stream.spec.tags ?? [], tag, (each) => each.name);
  return { ...stream, spec: { ...stream.spec, tags } };
}

export function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The stream with that status tag in place of the one of the same name. */
export function withStatusTag(stream: ImageStream, tag: NamedTagEventList): ImageStream {
  const tags = withNamed(stream.status.tags ?? [], tag, (each) => each.tag);
  return { ...stream, status: { ...stream.status, tags } };
}

/**
 * Puts an event onto a tag's history; the only way in which items are added.
 *
 * The event is compared with the current one only. Another image from another place is a new entry. The same image
 * from another place, and another image at the same reference, change the current entry in place and keep its time.
 * The same image at the same reference only takes the generation. Every change clears the conditions; when nothing
 * changes the very same stream is returned.
 */
export function pushTagEvent(stream: ImageStream, tag: string, event: TagEvent): ImageStream {
  const [current, ...older] = statusTag(stream, tag)?.items ?? [];
  if (current === undefined) return withStatusTag(stream, { tag, items: [event] });
  const sameRef = current.dockerImageReference === event.dockerImageReference;
  const sameImage = current.image === event.image;
  if (sameRef && sameImage && current.generation === event.generation) return stream;
  const items =
    sameRef || sameImage
      ? [{ ...event, created: current.created }, ...older]
      : [event, current, ...older];
  return withStatusTag(stream, { tag, items });
}

/** Whether the top of the history differs in any field; undefined equals only undefined. */
export function sameEvent(a: TagEvent | undefined, b: TagEvent | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.image === b.image &&
    a.dockerImageReference === b.dockerImageReference &&
    a.generation === b.generation &&
    a.created === b.created
  );
}

/**
 * Copies a tag's current event to the tags of the same stream that follow it, and on along chains of followers wherever
 * that moved one. Each tag is visited once, so a circle of followers ends.
 */
export function trackTag(stream: ImageStream, tag: string): ImageStream {
  const visited = new Set([tag]);
  const pending = [tag];
  let result = stream;
  for (let source = pending.shift(); source !== undefined; source = pending.shift()) {
    const event = newestEvent(result, source);
    if (event === undefined) continue;
    for (const follower of followersOf(result, source)) {
      if (visited.has(follower)) continue;
      visited.add(follower);
      // A follower that only takes a new generation has not moved; OpenShift does not pass that on either.
      if (!sameTarget(newestEvent(result, follower), event)) pending.push(follower);
      result = pushTagEvent(result, follower, event);
    }
  }
  return result;
}

function sameTarget(a: TagEvent | undefined, b: TagEvent): boolean {
  return a?.image === b.image && a.dockerImageReference === b.dockerImageReference;
}

/** Names of the tags that follow a tag, by its name. */
type Followers = ReadonlyMap<string, readonly string[]>;

/** Of lists of spec tags, which never change; what they mean depends on the stream that they stand in. */
const knownFollowers = new WeakMap<
  readonly TagReference[],
  { readonly place: string; readonly followers: Followers }
>();

function followersOf(stream: ImageStream, tag: string): readonly string[] {
  const { tags } = stream.spec;
  if (tags === undefined) return [];
  const { namespace = '', name = '' } = stream.metadata;
  const place = `${namespace}/${name}`;
  let known = knownFollowers.get(tags);
  if (known?.place !== place) {
    known = { place, followers: allFollowers(stream, tags) };
    knownFollowers.set(tags, known);
  }
  return known.followers.get(tag) ?? [];
}

function allFollowers(stream: ImageStream, tags: readonly TagReference[]): Followers {
  const followers = new Map<string, string[]>();
  for (const { name, from } of tags) {
    if (from?.kind !== 'ImageStreamTag' || !isOwnNamespace(stream, from)) continue;
    const source = tagFromReference(stream, from);
    if (source === undefined) continue;
    const same = followers.get(source);
    if (same === undefined) followers.set(source, [name]);
    else same.push(name);
  }
  return followers;
}
