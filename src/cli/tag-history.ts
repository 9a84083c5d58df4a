import { specTag, statusTag } from '#src/domain/history.ts';
import type { ImageStream, TagEvent, TagReference } from '#src/domain/types.ts';
import type { TagHistory } from '#src/domain/views/history.ts';
import { CliError } from './errors.ts';
import { ago } from './output/age.ts';
import { humanSize } from './output/human-size.ts';
import { alignColumns } from './output/table.ts';

/** A tag of a stream as `STREAM:TAG`. */
export interface TagName {
  readonly stream: string;
  readonly tag: string;
}

/** One entry of a tag's history; revision 1 is the oldest. */
export interface Revision {
  readonly revision: number;
  readonly event: TagEvent;
}

/**
 * Reads `STREAM:TAG`.
 * @throws {CliError} when it is not of that form
 */
export function parseTagName(text: string): TagName {
  const [stream = '', tag = '', ...others] = text.split(':');
  if (stream === '' || tag === '' || others.length > 0)
    throw new CliError(`"${text}" must be of the form <stream_name>:<tag>`);
  return { stream, tag };
}

/**
 * The history of a tag, newest first.
 * @throws {CliError} when there is no such tag, or it has no image yet
 */
export function revisionsOf(stream: ImageStream, tag: string): Revision[] {
  const items = statusTag(stream, tag)?.items ?? [];
  if (items.length === 0)
    throw new CliError(
      specTag(stream, tag) === undefined && statusTag(stream, tag) === undefined
        ? `tag "${tag}" does not exist on image stream "${stream.metadata.name ?? ''}"`
        : `tag "${tag}" of image stream "${stream.metadata.name ?? ''}" has no image yet`,
    );
  return items.map((event, index) => ({ revision: items.length - index, event }));
}

/** The history as a table; `*` marks what the tag points at now. */
export function historyText(history: TagHistory, now: number): string {
  const { entries } = history;
  const rows = entries.map((entry, index) => [
    `${entry.revision}${index === 0 ? '*' : ''}`,
    ago(entry.created, now),
    entry.cause ?? '-',
    entry.by ?? '-',
    sizeText(entry.size, entries[index + 1]?.size),
    entry.image === '' ? '<none>' : entry.image,
    entry.dockerImageReference,
  ]);
  const header = ['REVISION', 'SINCE', 'CAUSE', 'BY', 'SIZE', 'IMAGE', 'REFERENCE'];
  return alignColumns([header, ...rows]);
}

/** `45.4MB (+1.2MB)`: the size and what it came to against the entry before. */
function sizeText(size: number | undefined, before: number | undefined): string {
  if (size === undefined) return '-';
  if (before === undefined) return humanSize(size);
  return `${humanSize(size)} (${sizeChange(size - before)})`;
}

/** `+1.2MB`, `-300kB`, `=` */
export function sizeChange(bytes: number): string {
  if (bytes === 0) return '=';
  return `${bytes < 0 ? '-' : '+'}${humanSize(Math.abs(bytes))}`;
}

/**
 * What to point the tag at again: a revision number, a digest (or the beginning of one), or without `to` the revision
 * before the current one.
 * @throws {CliError} when there is no such entry, or it is what the tag points at already
 */
export function rollbackTarget(stream: ImageStream, tag: string, to: string | undefined): Revision {
  const revisions = revisionsOf(stream, tag);
  const [current, ...older] = revisions;
  if (to === undefined && older.length === 0)
    throw new CliError(`tag "${tag}" has no earlier image to go back to`);
  const found = to === undefined ? older[0] : revisionOf(revisions, tag, to);
  if (found === undefined) throw new CliError(`tag "${tag}" has no image yet`);
  if (found.event.image === '')
    throw new CliError(
      `revision ${found.revision} is a mere reference: its image was not imported`,
    );
  if (found.event.image === current?.event.image)
    throw new CliError(`tag "${tag}" already points at ${found.event.image}`);
  return found;
}

/**
 * The entry that a number or (the beginning of) a digest names.
 * @throws {CliError} when there is none
 */
export function revisionOf(revisions: readonly Revision[], tag: string, wanted: string): Revision {
  const found = revisions.find((each) => isMeant(each, wanted));
  if (found === undefined)
    throw new CliError(`tag "${tag}" has no revision "${wanted}" in its history`);
  return found;
}

/** What is lost by pinning a tag to an image: that it followed something. */
export function followedSource(spec: TagReference | undefined): string | undefined {
  const { from } = spec ?? {};
  return from === undefined || from.kind === 'ImageStreamImage' ? undefined : from.name;
}

function isMeant({ revision, event }: Revision, to: string): boolean {
  if (/^\d{1,6}$/.test(to)) return revision === Number(to);
  const hex = event.image.slice(event.image.indexOf(':') + 1);
  return event.image !== '' && (event.image.startsWith(to) || hex.startsWith(to));
}
