import { importCondition, statusTag } from '#src/domain/history.ts';
import { planImport } from '#src/domain/import-plan.ts';
import {
  dockerRepositoryCheckAnnotation,
  type ImageStream,
  type ImageStreamImportSpec,
  type ImageStreamImportStatus,
  type ImportMode,
} from '#src/domain/types.ts';
import type { SeenManifest } from '#src/importer/importer.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { StatusError, type Status } from '#src/meta/status.ts';
import type { JobContext } from '#src/queue/consumer.ts';
import type { ImportStreamJob } from '#src/queue/jobs.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';

import { secretsOf } from './access.ts';
import { askRegistries, type Asked } from './ask.ts';
import type { ImportDeps } from './deps.ts';
import { followUp } from './follow-up.ts';
import { pullSecrets } from './pull-secrets.ts';
import { hasOtherImport, hasSameIntent, isConflict, type StoredImport } from './recorder.ts';

/** What an import of some tags came to. */
export interface TagsImport {
  readonly stream: ImageStream;
  readonly asked: Asked;
}

/** A stream to import. */
export interface StreamToImport extends Pick<ImportStreamJob, 'namespace' | 'name' | 'uid'> {
  /** A check of its schedule found something new. */
  readonly scheduled?: boolean;
  /** What the check saw of tags, where that may still be recorded on the stream as it is. */
  readonly seenOn?: (stream: ImageStream) => ReadonlyMap<string, SeenManifest>;
}

/** Somebody waits for what is new; what is only checked comes after it. */
const priorities = { asked: 5, scheduled: 0 } as const;

/** More than this many writers between load and write, one after the other, and the job is queued again. */
const maxConflicts = 10;

/** Imports what is pending on a stream, or asks again for tags that failed. */
export async function importStream(
  deps: ImportDeps,
  job: ImportStreamJob,
  context: JobContext,
): Promise<void> {
  const done = await importPlanned(deps, job, context.signal, (stream) =>
    planOf(stream, job, deps.importMode),
  );
  if (done !== undefined) await followUp(deps, done.stream, done.asked, job.attempt ?? 0);
}

/**
 * Plans an import on the stream as it is, asks the registries, and records. When somebody else wrote the stream in
 * between, the answers are kept where the same is still wanted, and planned anew where not.
 * @returns undefined when the stream is gone or nothing is to be imported
 */
export async function importPlanned(
  deps: ImportDeps,
  { namespace, name, uid, scheduled = false, seenOn }: StreamToImport,
  signal: AbortSignal,
  plan: (stream: ImageStream) => ImageStreamImportSpec | undefined,
): Promise<TagsImport | undefined> {
  let known: { stream: ImageStream; spec: ImageStreamImportSpec; asked: Asked } | undefined;
  for (let conflicts = 0; conflicts <= maxConflicts; conflicts += 1) {
    const stream = await deps.objects.get<ImageStream>(imageStreamKey(namespace, name));
    if (stream === undefined || stream.metadata.uid !== uid) return undefined;
    if (known === undefined || !holdsStill(known, stream)) {
      const spec = plan(stream);
      if (spec === undefined) return undefined;
      const secrets = await pullSecrets(deps.objects, namespace);
      const now = rfc3339(deps.clock.now());
      const asked = await askRegistries(deps.importer, spec, stream, {
        secrets,
        now,
        signal,
        priority: scheduled ? priorities.scheduled : priorities.asked,
        maxImagesPerRepository: deps.maxImagesPerRepository,
        at: seenOn?.(stream),
      });
      signal.throwIfAborted();
      known = { stream, spec, asked };
    }
    const { spec, asked } = known;
    try {
      const stored = await storeOrRefuse(deps, stream, { spec, asked, scheduled }, signal);
      return { stream: stored.stream, asked };
    } catch (error) {
      if (!isConflict(error)) throw error;
    }
  }
  throw new Error(`${namespace}/${name} is written too often to record an import`);
}

/** Whether what the registries answered can be recorded on the stream as it is now. */
function holdsStill(
  known: { readonly stream: ImageStream; readonly spec: ImageStreamImportSpec },
  fresh: ImageStream,
): boolean {
  return (
    hasSameIntent(known.spec, known.stream, fresh) &&
    !hasOtherImport(known.spec, known.stream, fresh)
  );
}

/** A write that the rules forbid is recorded as the failure of its tags: the same would be forbidden again. */
async function storeOrRefuse(
  { recorder, logger }: ImportDeps,
  stream: ImageStream,
  {
    spec,
    asked,
    scheduled,
  }: {
    readonly spec: ImageStreamImportSpec;
    readonly asked: Asked;
    readonly scheduled: boolean;
  },
  signal: AbortSignal,
): Promise<StoredImport> {
  const { namespace = '', name = '' } = stream.metadata;
  const work = { namespace, name, stream, spec, scheduled, signal };
  try {
    return await recorder.store({ ...work, status: asked.status, secrets: secretsOf(asked.tags) });
  } catch (error) {
    if (!(error instanceof StatusError) || (error.status.code ?? 500) >= 500) throw error;
    if (isConflict(error) || error.status.reason === 'NotFound') throw error;
    logger.warn('import not recorded', { namespace, name, reason: error.status.message });
    return recorder.store({ ...work, status: refused(spec, error.status) });
  }
}

function refused(spec: ImageStreamImportSpec, status: Status): ImageStreamImportStatus {
  return {
    ...(spec.repository === undefined ? {} : { repository: { status } }),
    images: (spec.images ?? []).map(() => ({ status })),
  };
}

function planOf(
  stream: ImageStream,
  job: ImportStreamJob,
  importMode: ImportMode = 'Legacy',
): ImageStreamImportSpec | undefined {
  if (job.tags === undefined) return planImport(stream, { importMode });
  if (job.tags.length === 0) return planImport(neverImported(stream), { importMode });
  // Those that were healed or removed since are left alone.
  const failed = job.tags.filter((tag) => importCondition(statusTag(stream, tag)) !== undefined);
  return planImport(stream, { tags: failed });
}

/** For another try at a repository that could not be listed: the failed one left the mark of an import. */
function neverImported(stream: ImageStream): ImageStream {
  if ((stream.status.tags ?? []).length > 0) return stream;
  const { [dockerRepositoryCheckAnnotation]: _mark, ...annotations } =
    stream.metadata.annotations ?? {};
  return { ...stream, metadata: { ...stream.metadata, annotations } };
}
