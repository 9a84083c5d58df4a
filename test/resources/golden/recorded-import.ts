/** Does imports with the outcomes that the recorded server had, so that streams come to the recorded state without registries. */
import type { RequestContext } from '#src/apiserver/resource.ts';
import { recordImport } from '#src/domain/import-record.ts';
import { imageGroup, type ImageStream, type ImageStreamImport } from '#src/domain/types.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { conflict, internalError, notFound, type Status, StatusError } from '#src/meta/status.ts';
import type { ImportAnswer, ImportRequest } from '#src/queue/import-request.ts';
import type { ResourceDeps } from '#src/resources/deps.ts';
import { imageStorage } from '#src/resources/images/resource.ts';
import { streamStorage } from '#src/resources/imagestreams/storage.ts';
import { imageStreamKey } from '#src/resources/imagestreams/streams.ts';

import type { Json } from './steps.ts';

const resource = { group: imageGroup, resource: 'imagestream' };

/** @param recorded the recorded answer to the request that the letter is about */
export async function answerImport(deps: ResourceDeps, id: string, recorded: Json): Promise<void> {
  const request = (await deps.mailbox.read(id)) as ImportRequest | undefined;
  if (request === undefined) return;
  await deps.mailbox.answer(id, await answerOf(deps, request, recorded));
}

async function answerOf(
  deps: ResourceDeps,
  request: ImportRequest,
  recorded: Json,
): Promise<ImportAnswer> {
  try {
    return { object: await imported(deps, request, recorded) };
  } catch (error) {
    if (error instanceof StatusError) return { status: error.status };
    return { status: internalError(String(error)) };
  }
}

async function imported(
  deps: ResourceDeps,
  request: ImportRequest,
  recorded: Json,
): Promise<ImageStreamImport> {
  const { namespace, import: wanted } = request;
  const name = wanted.metadata.name ?? '';
  const stored = await deps.objects.get<ImageStream>(imageStreamKey(namespace, name));
  check(wanted, stored);
  const outcome = recorded?.status ?? {};
  const status = {
    ...(outcome.repository === undefined ? {} : { repository: outcome.repository }),
    ...(outcome.images === undefined ? {} : { images: outcome.images }),
  };
  if (!wanted.spec.import) return { ...wanted, status };
  const record = recordImport({
    stream: stored,
    namespace,
    name,
    spec: wanted.spec,
    status,
    now: rfc3339(deps.clock.now()),
  });
  const context = contextOf(request);
  for (const image of record.images) await createImage(deps, context, image);
  const stream = record.changed ? await write(deps, context, record.stream) : record.stream;
  const { kind: _kind, apiVersion: _version, ...shown } = stream;
  return { ...wanted, status: { import: shown, ...status } };
}

function check(wanted: ImageStreamImport, stored: ImageStream | undefined): void {
  const { name = '', resourceVersion: asked = '', uid } = wanted.metadata;
  if (stored === undefined) {
    if (asked !== '' || uid !== undefined)
      throw new StatusError(notFound({ ...resource, resource: 'imagestreamimports' }, name));
    return;
  }
  const { resourceVersion = '' } = stored.metadata;
  if (asked !== '' && asked !== resourceVersion)
    throw new StatusError(
      conflict(
        resource,
        name,
        `the image stream was updated from "${asked}" to "${resourceVersion}"`,
      ),
    );
  if (uid !== undefined && uid !== stored.metadata.uid)
    throw new StatusError(notFound(resource, name));
}

async function createImage(
  deps: ResourceDeps,
  context: RequestContext,
  image: Json,
): Promise<void> {
  const { uid: _uid, resourceVersion: _version, ...metadata } = image.metadata;
  await imageStorage(deps)
    .create(context, { ...image, metadata }, { dryRun: false, fieldManager: '' })
    .catch((error: unknown) => {
      const status: Status | undefined = error instanceof StatusError ? error.status : undefined;
      if (status?.reason !== 'AlreadyExists') throw error;
    });
}

async function write(
  deps: ResourceDeps,
  context: RequestContext,
  stream: ImageStream,
): Promise<ImageStream> {
  const { object } = await streamStorage(deps).internal.update(
    context,
    stream.metadata.name ?? '',
    () => stream,
    { dryRun: false, fieldManager: 'import', forceAllowCreate: true },
  );
  return object;
}

function contextOf({ namespace, user }: ImportRequest): RequestContext {
  return {
    user,
    namespace,
    signal: AbortSignal.timeout(30_000),
    warn: () => undefined,
    query: new URLSearchParams(),
  };
}
