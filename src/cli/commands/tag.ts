import type { ImageStream } from '#src/domain/types.ts';
import type { ApiClient } from '../client.ts';
import { CliError, usageError } from '../errors.ts';
import { imagePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';
import {
  checkTagFlags,
  checkTagSource,
  parseSource,
  parseTarget,
  snapshotOf,
  tagBody,
  tagMessage,
  type TagFlags,
  type TagFrom,
} from '../tag-request.ts';
import { deleteTag, putTag } from '../write-tag.ts';

/** `tag SOURCE DEST…` and `tag -d DEST…`, as `oc tag`. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .usage('[--source=TYPE] SOURCE DEST [DEST ...] | -d DEST [DEST ...]')
      .argument('[args...]')
      .option('--source <type>', 'what SOURCE is: docker, istag, isimage (default: from its form)')
      .option('-d, --delete', 'delete the tags')
      .option('--alias', 'follow SOURCE instead of pointing at its present image')
      .option('--reference', 'keep the pull spec only, import nothing')
      .option('--scheduled', 'import again periodically')
      .option('--insecure', 'allow plain HTTP and unverified HTTPS')
      .option('--reference-policy <type>', 'where to pull from: source or local')
      .option('--import-mode <mode>', 'Legacy (one platform) or PreserveOriginal (the whole index)')
      .action((args: string[], flags: TagFlags) => run(session, args, flags));
  },
};

async function run(session: Session, args: readonly string[], flags: TagFlags): Promise<void> {
  if (args.length === 0)
    throw usageError(
      'you must specify a source and at least one destination or one or more tags to delete',
    );
  checkTagFlags(flags);
  const api = session.api();
  const current = session.namespace();
  if (flags.delete === true) {
    await deleteTags(session, args);
    return;
  }
  const [sourceText = '', ...destinations] = args;
  const written = parseSource(sourceText, flags.source, current);
  const from =
    written.kind === 'ImageStreamTag' && flags.alias !== true
      ? snapshotOf(written, await readStream(api, written, current))
      : written;
  if (destinations.length === 0) throw new CliError('at least a destination is required');
  const targets = destinations.map((text) => parseTarget(text, current, true));
  checkTagSource(from, targets, flags, current);
  for (const target of targets) {
    await putTag(api, target, tagBody(from, target, flags, current));
    session.out(`${tagMessage(from, target, flags, current)}\n`);
  }
}

async function deleteTags(session: Session, args: readonly string[]): Promise<void> {
  for (const target of args.map((text) => parseTarget(text, session.namespace(), false))) {
    await deleteTag(session.api(), target);
    session.out(`Deleted tag ${target.namespace}/${target.name}.\n`);
  }
}

function readStream(api: ApiClient, from: TagFrom, current: string): Promise<ImageStream> {
  const namespace = from.reference.namespace || current;
  return api.request<ImageStream>({
    method: 'GET',
    path: imagePath('imagestreams', namespace, from.reference.name),
  });
}
