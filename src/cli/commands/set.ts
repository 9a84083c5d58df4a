import type { ImageStream } from '#src/domain/types.ts';
import { CliError } from '../errors.ts';
import { listObjects } from '../list-objects.ts';
import { alignColumns } from '../output/table.ts';
import type { CliCommand, Session } from '../session.ts';

interface LookupFlags {
  readonly enabled: boolean;
  readonly all?: boolean;
  readonly list?: boolean;
  readonly selector?: string;
}

/** `set image-lookup`, as `oc set image-lookup` on image streams. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .command('image-lookup')
      .description('Let pods use image streams by their names')
      .argument('[names...]', 'image streams; without any, they are listed')
      .option('--no-enabled', 'switch off (also --enabled=false)')
      .option('--all', 'all image streams of the namespace')
      .option('--list', 'list instead of changing')
      .option('-l, --selector <selector>', 'image streams with these labels')
      .action((names: string[], flags: LookupFlags) => run(session, names, flags));
  },
};

async function run(session: Session, names: readonly string[], flags: LookupFlags): Promise<void> {
  const everything = names.length === 0;
  const streams = everything
    ? await list(session, flags.selector)
    : await Promise.all(names.map((name) => get(session, name)));
  if (flags.list === true || (everything && flags.all !== true && flags.selector === undefined)) {
    const rows = streams.map((stream) => [
      stream.metadata.name ?? '',
      String(stream.spec.lookupPolicy.local),
    ]);
    session.out(alignColumns([['NAME', 'LOCAL'], ...rows], { gap: 2 }));
    return;
  }
  const local = flags.enabled;
  for (const stream of streams) {
    if (stream.spec.lookupPolicy.local === local) continue;
    const name = stream.metadata.name ?? '';
    await session.api().request({
      method: 'PATCH',
      path: `${collection(session)}/${name}?fieldManager=kubectl-set`,
      contentType: 'application/strategic-merge-patch+json',
      body: { spec: { lookupPolicy: { local } } },
    });
    session.out(`imagestream.image.openshift.io/${name} image lookup updated\n`);
  }
}

function get(session: Session, name: string): Promise<ImageStream> {
  const bare = /^(?:(?:is|imagestreams?)\/)?([^/]+)$/.exec(name)?.[1];
  if (bare === undefined)
    throw new CliError(`${name} the resource ${name} does not support altering image lookup`);
  return session
    .api()
    .request<ImageStream>({ method: 'GET', path: `${collection(session)}/${bare}` });
}

function list(session: Session, selector: string | undefined): Promise<ImageStream[]> {
  return listObjects<ImageStream>(session.api(), collection(session), { labels: selector });
}

function collection(session: Session): string {
  return `/apis/image.openshift.io/v1/namespaces/${session.namespace()}/imagestreams`;
}
