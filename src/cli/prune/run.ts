import { prunedStream, unusedImages, type PruneRules } from '#src/domain/prune.ts';
import { imageLimits, type LimitRange } from '#src/domain/limits.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { StatusError } from '#src/meta/status.ts';
import { CliError } from '../errors.ts';
import { listObjects } from '../list-objects.ts';
import { imagePath } from '../resources.ts';
import type { Session } from '../session.ts';
import { readImages, type Images } from './images.ts';
import { forEach } from './for-each.ts';
import { removeImages } from './remove-images.ts';

export interface PruneSettings {
  readonly isConfirmed: boolean;
  readonly isManagedOnly: boolean;
  /** Not by age and number but by the size that LimitRanges allow images. */
  readonly isBySize: boolean;
  /** Seconds. */
  readonly keepYoungerThan: number;
  readonly keepRevisions: number;
  /** Requests at a time. */
  readonly workers: number;
  /** Only streams of this namespace, and no images. */
  readonly namespace?: string;
}

const maxConflicts = 10;

/** What was removed, or would be. */
interface Tally {
  images: number;
  entries: number;
  streams: number;
  failures: number;
}

/** Removes old entries of histories, then the images that no history refers to any more; says only what it would do unless confirmed. */
export async function pruneImages(session: Session, settings: PruneSettings): Promise<void> {
  session.err(
    settings.isConfirmed
      ? 'Only API objects will be removed.  No modifications to the image registry will be made.\n'
      : 'Dry run enabled - no modifications will be made. Add --confirm to remove images\n',
  );
  session.progress('reading image streams and images');
  const [streams, images, rules] = await Promise.all([
    readStreams(session, settings.namespace),
    readImages(session),
    rulesOf(session, settings),
  ]);
  const tally: Tally = { images: 0, entries: 0, streams: 0, failures: 0 };
  const pruning: Pruning = { session, settings, images, rules, tally };
  const left = await pruneStreams(pruning, streams);
  if (settings.namespace === undefined) await pruneUnused(pruning, left);
  session.progress('');
  session.out(summary(tally));
  if (tally.failures > 0) throw new CliError(`${tally.failures} objects could not be pruned`);
}

interface Pruning {
  readonly session: Session;
  readonly settings: PruneSettings;
  readonly images: Images;
  readonly rules: (namespace: string) => PruneRules;
  readonly tally: Tally;
}

/** @returns the streams as they are afterwards, or would be */
async function pruneStreams(
  pruning: Pruning,
  streams: readonly ImageStream[],
): Promise<readonly ImageStream[]> {
  const { session, settings } = pruning;
  const left: ImageStream[] = [];
  await forEach(streams, settings.workers, async (stream, index) => {
    session.progress(`image streams: ${index + 1} of ${streams.length}`);
    left.push(await attempt(pruning, stream, () => pruneStream(pruning, stream)));
  });
  return left;
}

async function pruneStream(pruning: Pruning, stream: ImageStream): Promise<ImageStream> {
  const { session, settings, images, rules, tally } = pruning;
  const { namespace = '', name = '' } = stream.metadata;
  const path = imagePath('imagestreams', namespace, name);
  let current = stream;
  for (let conflicts = 0; ; conflicts += 1) {
    const pruned = prunedStream(current, images, rules(namespace));
    if (pruned.removed === 0) return current;
    try {
      if (settings.isConfirmed)
        await session.api().request({ method: 'PUT', path: `${path}/status`, body: pruned.stream });
      session.out(`Deleting ${pruned.removed} items from image stream ${namespace}/${name}\n`);
      tally.entries += pruned.removed;
      tally.streams += 1;
      return pruned.stream;
    } catch (error) {
      if (conflicts === maxConflicts || !isStatus(error, 'Conflict')) throw error;
    }
    // Somebody else was faster: what they wrote counts.
    current = await session.api().request<ImageStream>({ method: 'GET', path });
  }
}

async function pruneUnused(pruning: Pruning, left: readonly ImageStream[]): Promise<void> {
  const { session, settings, images, rules, tally } = pruning;
  if (settings.isConfirmed) {
    await removeImages({
      session,
      images,
      rules: rules(''),
      workers: settings.workers,
      readStreams: () => readStreams(session, undefined),
      attempt: (work) => attempt(pruning, undefined, work),
      count: (removed) => void (tally.images += removed),
    });
    return;
  }
  for (const { name } of unusedImages(left, images, rules(''))) {
    session.out(`Deleting image ${name}\n`);
    tally.images += 1;
  }
}

/** What is gone already need not be pruned; what cannot be is told, and the rest goes on. */
async function attempt<T>(
  { session, tally }: Pruning,
  otherwise: T,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (isStatus(error, 'NotFound')) return otherwise;
    tally.failures += 1;
    session.err(`error: ${error.status.message ?? ''}\n`);
    return otherwise;
  }
}

function readStreams(session: Session, namespace: string | undefined): Promise<ImageStream[]> {
  return listObjects<ImageStream>(session.api(), imagePath('imagestreams', namespace ?? ''));
}

async function rulesOf(
  session: Session,
  settings: PruneSettings,
): Promise<(namespace: string) => PruneRules> {
  const limits = new Map<string, number | undefined>();
  if (settings.isBySize) {
    const ranges = await listObjects<KubeObject & LimitRange>(session.api(), '/api/v1/limitranges');
    const byNamespace = Map.groupBy(ranges, ({ metadata }) => metadata.namespace ?? '');
    for (const [namespace, own] of byNamespace) limits.set(namespace, imageLimits(own).imageSize);
  }
  const { keepYoungerThan, keepRevisions, isManagedOnly, isBySize } = settings;
  const now = new Date(session.now()).toISOString();
  return (namespace) => ({
    now,
    keepYoungerThan,
    keepRevisions,
    isManagedOnly,
    ...(isBySize ? { maxImageSize: limits.get(namespace) ?? Infinity } : {}),
  });
}

function summary({ images, entries, streams }: Tally): string {
  const parts = [
    [images, `deleted ${images} image object(s)`],
    [entries, `deleted ${entries} image stream tag item(s)`],
    [streams, `updated ${streams} image stream(s)`],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([, text]) => text);
  return `Summary: ${told.length === 0 ? 'deleted 0 objects' : told.join(', ')}\n`;
}

function isStatus(error: unknown, reason: string): boolean {
  return error instanceof StatusError && error.status.reason === reason;
}
