import type { Image, ImageStream, ImageStreamImage } from '#src/domain/types.ts';
import { diffText } from '../describe/diff.ts';
import { CliError } from '../errors.ts';
import { diffImages, platformsOf, type Change } from '../image-diff.ts';
import { formatted, withFormats } from '../output/formats.ts';
import { imagePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';
import { streamPath } from '../stream-history.ts';
import { parseTagName, revisionOf, revisionsOf, type Revision } from '../tag-history.ts';

interface DiffFlags {
  readonly output?: string;
}

/**
 * `diff STREAM:TAG [A] [B]`: what differs between two revisions of a tag. Without B it is the current one, without A
 * the one before B.
 */
export const verb: CliCommand = {
  define(command, session) {
    withFormats(command)
      .argument('<stream:tag>')
      .argument('[a]', 'revision or digest (default: the one before B)')
      .argument('[b]', 'revision or digest (default: the current one)')
      .action((name: string, a: string | undefined, b: string | undefined, flags: DiffFlags) =>
        run(session, [name, a, b], flags),
      );
  },
};

async function run(
  session: Session,
  [text, a, b]: readonly [string, string | undefined, string | undefined],
  flags: DiffFlags,
): Promise<void> {
  const name = parseTagName(text);
  const stream = await session
    .api()
    .request<ImageStream>({ method: 'GET', path: streamPath(session, name.stream) });
  const [from, to] = chosen(revisionsOf(stream, name.tag), name.tag, a, b);
  const [before, after] = await Promise.all([
    readImage(session, name.stream, from),
    readImage(session, name.stream, to),
  ]);
  const diff = diffImages(before.shown, after.shown);
  const indexes = platformChanges(before.index, after.index);
  const whole = {
    ...diff,
    from: from.event.image,
    to: to.event.image,
    changes: [...indexes, ...diff.changes],
  };
  if (flags.output === undefined) session.out(diffText(whole));
  else session.out(formatted(whole, flags.output));
}

function chosen(
  revisions: readonly Revision[],
  tag: string,
  a: string | undefined,
  b: string | undefined,
): [Revision, Revision] {
  const to = b === undefined ? revisions[0] : revisionOf(revisions, tag, b);
  const older = to === undefined ? undefined : revisions[revisions.indexOf(to) + 1];
  const from = a === undefined ? older : revisionOf(revisions, tag, a);
  if (from === undefined || to === undefined)
    throw new CliError(`tag "${tag}" has only one image, there is nothing to compare it with`);
  return [from, to];
}

/** An image, and of an index the image of one platform, whose config can be compared. */
interface Read {
  readonly shown: Image;
  readonly index?: Image;
}

async function readImage(session: Session, stream: string, revision: Revision): Promise<Read> {
  const { image: digest } = revision.event;
  if (digest === '')
    throw new CliError(
      `revision ${revision.revision} is a mere reference: its image was not imported`,
    );
  const image = await getImage(session, stream, digest);
  const manifests = image.dockerImageManifests ?? [];
  const part =
    manifests.find(({ os, architecture }) => os === 'linux' && architecture === 'amd64') ??
    manifests[0];
  if (part === undefined) return { shown: image };
  return { shown: await getImage(session, stream, part.digest), index: image };
}

async function getImage(session: Session, stream: string, digest: string): Promise<Image> {
  const { image } = await session.api().request<ImageStreamImage>({
    method: 'GET',
    path: imagePath('imagestreamimages', session.namespace(), `${stream}@${digest}`),
  });
  return image;
}

/** What differs between two indexes, beyond the one platform that is compared in full. */
function platformChanges(from: Image | undefined, to: Image | undefined): Change[] {
  const change = {
    what: 'index platforms',
    from: from === undefined ? undefined : platformsOf(from),
    to: to === undefined ? undefined : platformsOf(to),
  };
  return change.from === change.to ? [] : [change];
}
