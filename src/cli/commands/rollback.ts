import { specTag } from '#src/domain/history.ts';
import { imageApiVersion, type ImageStream } from '#src/domain/types.ts';
import type { CliCommand, Session } from '../session.ts';
import { followedSource, parseTagName, rollbackTarget } from '../tag-history.ts';

interface RollbackFlags {
  readonly to?: string;
}

/** `rollback STREAM:TAG`: the same as `tag STREAM@DIGEST STREAM:TAG` with an image of the tag's own history. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .argument('<stream:tag>')
      .option('--to <revision>', 'revision of the history, or a digest (default: the one before)')
      .action((name: string, flags: RollbackFlags) => run(session, name, flags));
  },
};

async function run(session: Session, name: string, flags: RollbackFlags): Promise<void> {
  const { stream: streamName, tag } = parseTagName(name);
  const root = `/apis/image.openshift.io/v1/namespaces/${session.namespace()}`;
  const api = session.api();
  const stream = await api.request<ImageStream>({
    method: 'GET',
    path: `${root}/imagestreams/${streamName}`,
  });
  const { revision, event } = rollbackTarget(stream, tag, flags.to);
  const old = specTag(stream, tag);
  await api.request({
    method: 'PUT',
    path: `${root}/imagestreamtags/${streamName}:${tag}`,
    body: {
      kind: 'ImageStreamTag',
      apiVersion: imageApiVersion,
      metadata: { name: `${streamName}:${tag}`, namespace: session.namespace() },
      tag: {
        name: tag,
        annotations: old?.annotations ?? null,
        from: { kind: 'ImageStreamImage', name: `${streamName}@${event.image}` },
        reference: false,
        generation: null,
        importPolicy: { importMode: old?.importPolicy.importMode ?? 'Legacy' },
        referencePolicy: old?.referencePolicy ?? { type: 'Source' },
      },
    },
  });
  session.out(`Tag ${streamName}:${tag} rolled back to revision ${revision}, ${event.image}.\n`);
  const followed = followedSource(old);
  if (followed !== undefined)
    session.err(
      `It no longer follows ${followed}; to follow it again, tag that into ${streamName}:${tag}.\n`,
    );
}
