import { specTag } from '#src/domain/history.ts';
import { heldUntilReleased, holdDigestAnnotation, holdUntilAnnotation } from '#src/domain/hold.ts';
import { rollbackAtAnnotation, rollbackToAnnotation } from '#src/domain/rollback.ts';
import { imageApiVersion, type ImageStream, type TagReference } from '#src/domain/types.ts';
import { parseDuration } from '../duration.ts';
import { CliError, usageError } from '../errors.ts';
import { imagePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';
import { readTagHistory, streamPath } from '../stream-history.ts';
import { followedSource, parseTagName, rollbackTarget, type TagName } from '../tag-history.ts';

interface RollbackFlags {
  readonly to?: string;
  readonly hold?: string;
  readonly untilNewer?: boolean;
  readonly release?: boolean;
}

/**
 * `rollback STREAM:TAG`: an image of the tag's own history on top of it. A scheduled tag goes on following its source
 * and is put on hold; any other is pinned to the image, as `tag STREAM@DIGEST STREAM:TAG` does.
 */
export const verb: CliCommand = {
  define(command, session) {
    command
      .argument('<stream:tag>')
      .option('--to <revision>', 'revision of the history, or a digest (default: the one before)')
      .option('--hold <duration>', 'let the schedule move the tag again after this time (2h, 3d)')
      .option('--until-newer', 'let the schedule move the tag when upstream has yet another image')
      .option('--release', 'lift the hold: the schedule may move the tag again')
      .action((name: string, flags: RollbackFlags) => run(session, name, flags));
  },
};

async function run(session: Session, text: string, flags: RollbackFlags): Promise<void> {
  const name = parseTagName(text);
  const stream = await session
    .api()
    .request<ImageStream>({ method: 'GET', path: streamPath(session, name.stream) });
  if (flags.release === true) {
    await release(session, name, specTag(stream, name.tag));
    return;
  }
  const { revision, event } = rollbackTarget(stream, name.tag, flags.to);
  const old = specTag(stream, name.tag);
  const isScheduled = old?.from?.kind === 'DockerImage' && old.importPolicy.scheduled === true;
  if (!isScheduled && (flags.hold !== undefined || flags.untilNewer === true))
    throw usageError(
      `tag "${name.tag}" is not scheduled: nothing moves it, so there is nothing to hold`,
    );
  const mark = {
    [rollbackToAnnotation]: event.image,
    [rollbackAtAnnotation]: new Date(session.now()).toISOString(),
  };
  if (isScheduled) {
    const hold = await holdAnnotations(session, name, flags);
    await annotateTag(session, name, { ...mark, ...hold });
  } else {
    await pin(session, name, { image: event.image, old, mark });
  }
  session.out(`Tag ${text} rolled back to revision ${revision}, ${event.image}.\n`);
  session.err(noteText(text, old, flags, isScheduled));
}

function noteText(
  name: string,
  old: TagReference | undefined,
  flags: RollbackFlags,
  isScheduled: boolean,
): string {
  const followed = followedSource(old);
  if (followed === undefined) return '';
  if (!isScheduled)
    return `It no longer follows ${followed}; to follow it again, tag that into ${name}.\n`;
  const end = flags.hold === undefined ? '' : ` for ${flags.hold}`;
  const newer = flags.untilNewer === true ? ', unless yet another image appears there' : '';
  return `${followed} is still checked but does not move the tag${end}${newer}.\nTo follow it again: sluice rollback --release ${name}\n`;
}

async function holdAnnotations(
  session: Session,
  name: TagName,
  { hold, untilNewer }: RollbackFlags,
): Promise<Record<string, string | null>> {
  const until =
    hold === undefined
      ? heldUntilReleased
      : new Date(session.now() + parseDuration(hold)).toISOString().replace(/\.\d+Z$/, 'Z');
  if (untilNewer !== true) return { [holdUntilAnnotation]: until, [holdDigestAnnotation]: null };
  const { check, entries } = await readTagHistory(session, name);
  const bad = check?.heldBack ?? check?.digest ?? entries[0]?.image ?? '';
  return { [holdUntilAnnotation]: until, [holdDigestAnnotation]: bad };
}

async function release(
  session: Session,
  name: TagName,
  tag: TagReference | undefined,
): Promise<void> {
  if ((tag?.annotations?.[holdUntilAnnotation] ?? '') === '')
    throw new CliError(`tag "${name.tag}" is not on hold`);
  await annotateTag(session, name, {
    [holdUntilAnnotation]: null,
    [holdDigestAnnotation]: null,
  });
  session.out(`Tag ${name.stream}:${name.tag} released: its next check may move it.\n`);
}

/** Null removes an annotation; those that are not named stay. */
async function annotateTag(
  session: Session,
  { stream, tag }: TagName,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  await session.api().request({
    method: 'PATCH',
    path: `${streamPath(session, stream)}?fieldManager=sluice-rollback`,
    contentType: 'application/strategic-merge-patch+json',
    body: { spec: { tags: [{ name: tag, annotations }] } },
  });
}

async function pin(
  session: Session,
  { stream, tag }: TagName,
  to: {
    readonly image: string;
    readonly old: TagReference | undefined;
    readonly mark: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { image, old, mark } = to;
  const annotations = { ...old?.annotations, ...mark };
  const namespace = session.namespace();
  await session.api().request({
    method: 'PUT',
    path: imagePath('imagestreamtags', namespace, `${stream}:${tag}`),
    body: {
      kind: 'ImageStreamTag',
      apiVersion: imageApiVersion,
      metadata: { name: `${stream}:${tag}`, namespace, annotations },
      tag: {
        name: tag,
        annotations,
        from: { kind: 'ImageStreamImage', name: `${stream}@${image}` },
        reference: false,
        generation: null,
        importPolicy: { importMode: old?.importPolicy.importMode ?? 'Legacy' },
        referencePolicy: old?.referencePolicy ?? { type: 'Source' },
      },
    },
  });
}
