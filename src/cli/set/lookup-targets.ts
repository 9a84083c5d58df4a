import type { KubeObject } from '#src/meta/object.ts';
import { CliError } from '../errors.ts';
import { listObjects } from '../list-objects.ts';
import { objectPath, parseManifests, readManifests } from '../manifests.ts';
import { imagePath, parseSelections, resourcePath } from '../resources.ts';
import type { Session } from '../session.ts';

export interface TargetFlags {
  readonly all?: boolean;
  readonly selector?: string;
  readonly filename?: readonly string[];
  /** The objects are taken as the files have them, and no server is asked. */
  readonly local?: boolean;
}

export interface LookupTarget {
  readonly object: KubeObject;
  /** Empty where no server is asked. */
  readonly path: string;
}

/** The objects that a command line names: image streams by name, others as `TYPE/NAME`, those of files, or all streams. */
export async function targetsOf(
  session: Session,
  names: readonly string[],
  flags: TargetFlags,
): Promise<LookupTarget[]> {
  const { filename, local } = flags;
  if (local === true) {
    if (filename === undefined) throw new CliError('pass files with -f when using --local');
    const objects = await parseManifests(filename, session.readFile);
    return objects.map((object) => ({ object, path: '' }));
  }
  if (filename !== undefined) {
    const found = await readManifests(session.api(), filename, session.readFile);
    return Promise.all(found.map((each) => read(session, objectPath(each))));
  }
  return names.length === 0 ? allStreams(session, flags) : named(session, names);
}

async function named(session: Session, names: readonly string[]): Promise<LookupTarget[]> {
  const args = names.map((name) => (name.includes('/') ? name : `imagestreams/${name}`));
  const selections = await parseSelections(session.api(), args);
  const paths = selections.flatMap(({ type, names: own }) =>
    own.map((name) => resourcePath(type, session.namespace(), name)),
  );
  return Promise.all(paths.map((path) => read(session, path)));
}

async function allStreams(session: Session, { selector }: TargetFlags): Promise<LookupTarget[]> {
  const namespace = session.namespace();
  const collection = imagePath('imagestreams', namespace);
  const streams = await listObjects(session.api(), collection, { labels: selector });
  return streams.map((object) => ({
    object,
    path: imagePath('imagestreams', namespace, object.metadata.name),
  }));
}

async function read(session: Session, path: string): Promise<LookupTarget> {
  return { object: await session.api().request({ method: 'GET', path }), path };
}
