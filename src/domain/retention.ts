import { epochSeconds } from './time.ts';
import type { ImageStream, NamedTagEventList, TagEvent } from './types.ts';

/** Annotations of a stream that bound the histories of its tags; each wins over the server's setting. */
export const historyEntriesAnnotation = 'sluice.dev/history-entries';
export const historyAgeAnnotation = 'sluice.dev/history-age';

/** How much history a tag keeps; without a bound all of it. The current entry is always kept. */
export interface Retention {
  /** At most so many entries, at least 1. */
  readonly entries?: number;
  /** Entries that were replaced longer ago than this are dropped. */
  readonly ageSeconds?: number;
}

const unitSeconds: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
};

/** The bounds of a stream: its annotations, else `defaults`. `unlimited` lifts a bound; a text that is none is ignored. */
export function retentionOf(stream: ImageStream, defaults: Retention = {}): Retention {
  const annotations = stream.metadata.annotations ?? {};
  const entries = bound(annotations[historyEntriesAnnotation], entriesOf, defaults.entries);
  const age = bound(annotations[historyAgeAnnotation], secondsOf, defaults.ageSeconds);
  return {
    ...(entries === undefined ? {} : { entries }),
    ...(age === undefined ? {} : { ageSeconds: age }),
  };
}

/**
 * The stream without what its histories need not keep.
 * @param now RFC 3339
 */
export function withRetention(stream: ImageStream, retention: Retention, now: string): ImageStream {
  const { entries, ageSeconds } = retention;
  const { tags } = stream.status;
  if (tags === undefined || (entries === undefined && ageSeconds === undefined)) return stream;
  const oldest = ageSeconds === undefined ? -Infinity : (epochSeconds(now) ?? 0) - ageSeconds;
  const bounded = tags.map((tag) => boundedTag(tag, entries ?? Infinity, oldest));
  if (bounded.every((tag, index) => tag === tags[index])) return stream;
  return { ...stream, status: { ...stream.status, tags: bounded } };
}

function boundedTag(tag: NamedTagEventList, entries: number, oldest: number): NamedTagEventList {
  const items = tag.items ?? [];
  const kept = items.filter(
    (_event, index) => index === 0 || (index < entries && replacedAt(items, index) >= oldest),
  );
  return kept.length === items.length ? tag : { ...tag, items: kept };
}

/** An entry ended when the next newer one came. */
function replacedAt(items: readonly TagEvent[], index: number): number {
  return epochSeconds(items[index - 1]?.created ?? '') ?? Infinity;
}

function bound(
  text: string | undefined,
  read: (text: string) => number | undefined,
  otherwise: number | undefined,
): number | undefined {
  if (text === undefined) return otherwise;
  return text === 'unlimited' ? undefined : (read(text) ?? otherwise);
}

/** A count of entries, at least 1; undefined when the text is none. */
export function entriesOf(text: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}

/** Seconds of `30m`, `12h`, `90d`, `4w`; undefined when the text is none. */
export function secondsOf(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text) ?? [];
  return count === undefined ? undefined : Number(count) * (unitSeconds[unit] ?? 0);
}
