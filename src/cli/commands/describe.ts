import type { ImageStream, ImageStreamImage } from '#src/domain/types.ts';
import type { TagCheck } from '#src/domain/views/history.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { StatusError } from '#src/meta/status.ts';
import { describeImageStream } from '../describe/image-stream.ts';
import { describeImage } from '../describe/image.ts';
import { CliError } from '../errors.ts';
import { listObjects } from '../list-objects.ts';
import { parseSelections, resourcePath, type ResourceType } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';
import { readHistory } from '../stream-history.ts';

type Describer = (object: KubeObject, session: Session) => string | Promise<string>;

/** What can be described, by plural. */
const describers: Readonly<Record<string, Describer>> = {
  imagestreams: (object, session) => describeStream(object as ImageStream, session),
  imagestreamtags: describeNested,
  imagestreamimages: describeNested,
  imagetags: describeNested,
  images: (object, session) => describeImage(object, '', session.now()),
};

export const verb: CliCommand = {
  define(command, session) {
    command
      .usage('(is | istag | isimage | itag | image) [NAME ...] | TYPE/NAME ...')
      .argument('[args...]')
      .option('-A, --all-namespaces', 'objects of all namespaces')
      .option('-l, --selector <selector>', 'objects with these labels')
      .action((args: string[], flags: DescribeFlags) => run(session, args, flags));
  },
};

interface DescribeFlags {
  readonly allNamespaces?: boolean;
  readonly selector?: string;
}

async function run(session: Session, args: readonly string[], flags: DescribeFlags): Promise<void> {
  const texts: string[] = [];
  for (const { type, names } of await parseSelections(session.api(), args)) {
    const describe = describers[type.plural];
    if (describe === undefined)
      throw new CliError(`no description has been implemented for ${type.kind}`);
    const objects =
      names.length === 0
        ? await list(session, type, flags)
        : await Promise.all(names.map((name) => get(session, type, name)));
    for (const object of objects) texts.push(await describe(object, session));
  }
  session.out(texts.join('\n\n'));
}

function describeNested(object: KubeObject, session: Session): string {
  const { image } = object as ImageStreamImage;
  return describeImage(image, image.metadata.name ?? '', session.now());
}

/** Of scheduled tags also when upstream was last asked, and what it had. */
async function describeStream(stream: ImageStream, session: Session): Promise<string> {
  const isScheduled = (stream.spec.tags ?? []).some((tag) => tag.importPolicy.scheduled === true);
  const checks = isScheduled ? await checksOf(stream, session) : new Map<string, TagCheck>();
  return describeImageStream(stream, session.now(), checks);
}

/** Another server of this API knows nothing of checks. */
async function checksOf(
  { metadata: { name = '', namespace } }: ImageStream,
  session: Session,
): Promise<ReadonlyMap<string, TagCheck>> {
  const history = await readHistory(session, name, namespace).catch((error: unknown) => {
    if (error instanceof CliError || error instanceof StatusError) return undefined;
    throw error;
  });
  const tags = history?.tags ?? [];
  return new Map(
    tags.flatMap(({ tag, check }) => (check === undefined ? [] : [[tag, check] as const])),
  );
}

function get(session: Session, type: ResourceType, name: string): Promise<KubeObject> {
  if (type.plural === 'imagestreamtags' && name.split(':').length !== 2)
    throw new CliError(`expected exactly one : delimiter in the istag "${name}"`);
  return session
    .api()
    .request({ method: 'GET', path: resourcePath(type, session.namespace(), name) });
}

function list(session: Session, type: ResourceType, flags: DescribeFlags): Promise<KubeObject[]> {
  const path = resourcePath(type, flags.allNamespaces === true ? '' : session.namespace());
  return listObjects(session.api(), path, { labels: flags.selector });
}
