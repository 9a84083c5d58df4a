import type { ImageStream } from '#src/domain/types.ts';
import type { CliCommand, Session } from '../session.ts';
import { jsonText, yamlText } from '../output/documents.ts';
import { historyText, parseTagName, revisionsOf } from '../tag-history.ts';

interface HistoryFlags {
  readonly output?: string;
}

/** `history STREAM:TAG`: every image that the tag has pointed at, newest first. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .argument('<stream:tag>')
      .option('-o, --output <format>', 'json or yaml')
      .action((name: string, flags: HistoryFlags) => run(session, name, flags));
  },
};

async function run(session: Session, name: string, flags: HistoryFlags): Promise<void> {
  const { stream: streamName, tag } = parseTagName(name);
  const stream = await session.api().request<ImageStream>({
    method: 'GET',
    path: `/apis/image.openshift.io/v1/namespaces/${session.namespace()}/imagestreams/${streamName}`,
  });
  if (flags.output === undefined) {
    session.out(historyText(stream, tag, session.now()));
    return;
  }
  const revisions = revisionsOf(stream, tag).map(({ revision, event }) => ({ revision, ...event }));
  session.out(flags.output === 'json' ? jsonText(revisions) : yamlText(revisions));
}
