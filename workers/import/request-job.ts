import { isLimitExceeded } from '#src/domain/limits.ts';
import {
  imageGroup,
  type ImageStream,
  type ImageStreamImport,
  type ImageStreamImportStatus,
} from '#src/domain/types.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { conflict, internalError, notFound, StatusError } from '#src/meta/status.ts';
import type { JobContext } from '#src/queue/consumer.ts';
import type { ImportAnswer, ImportRequest } from '#src/queue/import-request.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';

import { secretsOf } from './access.ts';
import { askRegistries, type Asked } from './ask.ts';
import type { ImportDeps } from './deps.ts';
import { count, followUp } from './follow-up.ts';
import { pullSecrets } from './pull-secrets.ts';
import { hasOtherImport, hasSameIntent, isConflict } from './recorder.ts';

const maxConflicts = 10;
/** A person waits: before everything else. */
const priority = 10;

/** Does the import that a user waits for and answers it; nothing is done when nobody waits any more. */
export async function importRequested(
  deps: ImportDeps,
  id: string,
  context: JobContext,
): Promise<void> {
  const request = (await deps.mailbox.read(id)) as ImportRequest | undefined;
  if (request === undefined) return;
  const answer = await answerRequest(deps, request, context.signal).catch(
    (error: unknown): ImportAnswer => {
      if (context.signal.aborted || !context.isLastAttempt) throw error;
      deps.logger.error('import request failed', { error });
      return { status: internalError('the import could not be recorded') };
    },
  );
  await deps.mailbox.answer(id, answer);
}

/**
 * Does an import.
 * @throws {Error} when it could not be done, which says nothing of the import: the database is away, or the signal aborted
 */
export async function answerRequest(
  deps: ImportDeps,
  request: ImportRequest,
  signal: AbortSignal,
): Promise<ImportAnswer> {
  try {
    return await answerOf(deps, request, signal);
  } catch (error) {
    if (error instanceof StatusError) return { status: error.status };
    throw error;
  }
}

async function answerOf(
  deps: ImportDeps,
  request: ImportRequest,
  signal: AbortSignal,
): Promise<ImportAnswer> {
  const { namespace, import: wanted } = request;
  const key = imageStreamKey(namespace, wanted.metadata.name ?? '');
  const stream = await deps.objects.get<ImageStream>(key);
  checkPreconditions(wanted, stream);
  const asked = await ask(deps, request, stream, signal);
  if (!wanted.spec.import) {
    count(deps, asked.tags);
    return { object: { ...wanted, status: asked.status } };
  }
  const stored = await recorded(deps, request, { stream, asked }, signal);
  await followUp(deps, stored.stream, stored.asked, 0);
  return { object: { ...wanted, status: { ...stored.status, import: stored.stream } } };
}

async function ask(
  deps: ImportDeps,
  { namespace, import: wanted }: ImportRequest,
  stream: ImageStream | undefined,
  signal: AbortSignal,
): Promise<Asked> {
  const asked = await askRegistries(deps.importer, wanted.spec, stream, {
    secrets: await pullSecrets(deps.objects, namespace),
    now: rfc3339(deps.clock.now()),
    signal,
    priority,
    maxImagesPerRepository: deps.maxImagesPerRepository,
  });
  signal.throwIfAborted();
  return asked;
}

/** @throws {StatusError} 404, 409 */
function checkPreconditions(
  { metadata }: ImageStreamImport,
  stream: ImageStream | undefined,
): void {
  const { name = '', resourceVersion = '', uid = '' } = metadata;
  if (stream === undefined) {
    if (resourceVersion === '' && uid === '') return;
    throw new StatusError(notFound({ group: imageGroup, resource: 'imagestreamimports' }, name));
  }
  const resource = { group: imageGroup, resource: 'imagestream' };
  const current = stream.metadata.resourceVersion ?? '';
  if (resourceVersion !== '' && resourceVersion !== current) {
    const message = `the image stream was updated from ${JSON.stringify(resourceVersion)} to ${JSON.stringify(current)}`;
    throw new StatusError(conflict(resource, name, message));
  }
  if (uid !== '' && uid !== stream.metadata.uid) throw new StatusError(notFound(resource, name));
}

interface Answered {
  readonly stream: ImageStream | undefined;
  readonly asked: Asked;
}

interface Recorded {
  readonly stream: ImageStream;
  readonly status: ImageStreamImportStatus;
  /** Anew where another import was faster. */
  readonly asked: Asked;
}

async function recorded(
  deps: ImportDeps,
  request: ImportRequest,
  answered: Answered,
  signal: AbortSignal,
): Promise<Recorded> {
  const { namespace, import: wanted, user } = request;
  const { spec } = wanted;
  const name = wanted.metadata.name ?? '';
  const planned = answered.stream;
  let { stream, asked } = answered;
  for (let conflicts = 0; ; conflicts += 1) {
    const secrets = secretsOf(asked.tags);
    const work = { namespace, name, spec, status: asked.status, secrets, user, signal, stream };
    try {
      return { ...(await deps.recorder.store(work)), asked };
    } catch (error) {
      if (error instanceof StatusError && isLimitExceeded(error.status))
        await deps.recorder.explainLimit(work, error.status);
      if (!isConflict(error) || (wanted.metadata.resourceVersion ?? '') !== '') throw error;
      const fresh = await deps.objects.get<ImageStream>(imageStreamKey(namespace, name));
      if (conflicts === maxConflicts || !hasSameIntent(spec, planned, fresh)) throw error;
      if (hasOtherImport(spec, stream, fresh)) asked = await ask(deps, request, fresh, signal);
      stream = fresh;
    }
  }
}
