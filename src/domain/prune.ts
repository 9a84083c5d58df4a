import { epochSeconds } from './time.ts';
import type { ImageStream, NamedTagEventList, TagEvent } from './types.ts';

/** What pruning leaves alone. */
export interface PruneRules {
  /** RFC 3339. */
  readonly now: string;
  /** Streams, entries and images younger than this stay; seconds. */
  readonly keepYoungerThan: number;
  /** So many entries of each tag stay, the newest first. */
  readonly keepRevisions: number;
  /** Instead of a number of entries: those stay whose image has at most so many bytes. */
  readonly maxImageSize?: number;
  /** True: images that were never pushed to the integrated registry stay. */
  readonly isManagedOnly: boolean;
}

/** What pruning must know of an image. */
export interface PrunableImage {
  readonly name: string;
  /** RFC 3339. */
  readonly created: string;
  readonly isManaged: boolean;
  /** Bytes of all layers and the config. */
  readonly size: number;
  /** Digests of the images of an index. */
  readonly parts: readonly string[];
}

export interface PrunedStream {
  readonly stream: ImageStream;
  /** Entries that are left out of it. */
  readonly removed: number;
}

/**
 * A stream without the entries of its histories that need not be kept (oc `adm prune images`). What a tag points at now
 * always stays: nobody can say who pulls it.
 */
export function prunedStream(
  stream: ImageStream,
  images: ReadonlyMap<string, PrunableImage>,
  rules: PruneRules,
): PrunedStream {
  const { tags } = stream.status;
  if (tags === undefined || isYoung(stream.metadata.creationTimestamp, rules))
    return { stream, removed: 0 };
  const pruned = tags.map((tag) => prunedTag(tag, images, rules));
  const removed = tags.reduce(
    (sum, tag, index) => sum + lengthOf(tag) - lengthOf(pruned[index]),
    0,
  );
  if (removed === 0) return { stream, removed };
  return { stream: { ...stream, status: { ...stream.status, tags: pruned } }, removed };
}

/** The images that no entry of any history, and no index in one, refers to. */
export function unusedImages(
  streams: readonly ImageStream[],
  images: ReadonlyMap<string, PrunableImage>,
  rules: PruneRules,
): PrunableImage[] {
  const used = usedImages(streams, images);
  return [...images.values()].filter(
    (image) =>
      !used.has(image.name) &&
      !isYoung(image.created, rules) &&
      (image.isManaged || !rules.isManagedOnly),
  );
}

function usedImages(
  streams: readonly ImageStream[],
  images: ReadonlyMap<string, PrunableImage>,
): ReadonlySet<string> {
  const tagged = streams
    .flatMap((stream) => stream.status.tags ?? [])
    .flatMap((tag) => (tag.items ?? []).map(({ image }) => image));
  const used = new Set(tagged);
  // An index may hold an index; a set that grows while it is walked is walked to its end.
  for (const name of used) for (const part of images.get(name)?.parts ?? []) used.add(part);
  return used;
}

function prunedTag(
  tag: NamedTagEventList,
  images: ReadonlyMap<string, PrunableImage>,
  rules: PruneRules,
): NamedTagEventList {
  const items = tag.items ?? [];
  const kept = items.filter(
    (event, index) => index === 0 || isKept(event, index, images.get(event.image), rules),
  );
  return kept.length === items.length ? tag : { ...tag, items: kept };
}

function isKept(
  ...[event, index, image, rules]: [TagEvent, number, PrunableImage | undefined, PruneRules]
): boolean {
  if (isYoung(event.created, rules)) return true;
  // Nobody can go back to an image that is not there any more.
  if (event.image !== '' && image === undefined) return false;
  return rules.maxImageSize === undefined
    ? index < rules.keepRevisions
    : (image?.size ?? 0) <= rules.maxImageSize;
}

function isYoung(
  created: string | undefined | null,
  { now, keepYoungerThan }: PruneRules,
): boolean {
  const age = (epochSeconds(now) ?? 0) - (epochSeconds(created ?? '') ?? 0);
  return age < keepYoungerThan;
}

function lengthOf(tag: NamedTagEventList | undefined): number {
  return tag?.items?.length ?? 0;
}
