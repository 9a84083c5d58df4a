import { specTag, statusTag } from '#src/domain/history.ts';
import type { ImageStream, TagEvent, TagReference } from '#src/domain/types.ts';
import { CliError } from './errors.ts';
import { ago } from './output/age.ts';
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

/** Reads `STREAM:TAG`. */
export function parseTagName(text: string): TagName {
  const [stream = '', tag = '', ...others] = text.split(':');
  if (stream === '' || tag === '' || others.length > 0)
    throw new CliError(`"${text}" must be of the form <stream_name>:<tag>`);
  return { stream, tag };
}

/** The history of a tag, newest first. */
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
export function historyText(stream: ImageStream, tag: string, now: number): string {
  const rows = revisionsOf(stream, tag).map(({ revision, event }, index) => [
    `${revision}${index === 0 ? '*' : ''}`,
    ago(event.created, now),
    event.image === '' ? '<none>' : event.image,
    event.dockerImageReference,
  ]);
  return alignColumns([['REVISION', 'SINCE', 'IMAGE', 'REFERENCE'], ...rows]);
}

/**
 * What to point the tag at again: a revision number, a digest (or the beginning of one), or without `to` the revision
 * before the current one.
 * @throws {CliError} when there is no such entry, or it is what the tag points at already
 */
export function rollbackTarget(stream: ImageStream, tag: string, to: string | undefined): Revision {
  const revisions = revisionsOf(stream, tag);
  const [current, ...older] = revisions;
  const found = to === undefined ? older[0] : revisions.find((each) => isMeant(each, to));
  if (found === undefined)
    throw new CliError(
      to === undefined
        ? `tag "${tag}" has no earlier image to go back to`
        : `tag "${tag}" has no revision "${to}" in its history`,
    );
  if (found.event.image === '')
    throw new CliError(
      `revision ${found.revision} is a mere reference: its image was not imported`,
    );
  if (found.event.image === current?.event.image)
    throw new CliError(`tag "${tag}" already points at ${found.event.image}`);
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
