import { randomUUID } from 'node:crypto';

import type { RequestContext, Resource, WriteOptions } from '#src/apiserver/resource.ts';
import { allowList } from '#src/domain/allowed-registries.ts';
import { defaultImportSpec } from '#src/domain/defaults.ts';
import { imageApiVersion, imageGroup, type ImageStreamImport } from '#src/domain/types.ts';
import {
  validateImageStreamImport,
  validateImportRegistries,
} from '#src/domain/validation/image-stream-import.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { refuseInvalid, StatusError } from '#src/meta/status.ts';
import type { ImportAnswer, ImportRequest } from '#src/queue/import-request.ts';

import { mayUseAnyRegistry } from '../access.ts';
import { answered } from '../answered.ts';
import { requireNamespace } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { requireStreamQuota } from '../quota.ts';
import { imageStreamImportSchema } from './schema.ts';
import { shownStatus } from './shown-status.ts';

const names = { group: imageGroup, resource: 'imagestreamimports' };
const kind = 'ImageStreamImport';

/** imagestreamimports: nothing is stored; a worker asks the registries while the request waits. */
export function imageStreamImports(deps: ResourceDeps): Resource<ImageStreamImport> {
  return answered(
    { group: imageGroup, kind, namespaced: true, schema: imageStreamImportSchema },
    (context, object, options) => createImport(deps, context, object, options),
  );
}

async function createImport(
  deps: ResourceDeps,
  context: RequestContext,
  object: ImageStreamImport,
  options: WriteOptions,
): Promise<ImageStreamImport> {
  await requireNamespace(deps, names, context.namespace, object.metadata.name ?? '');
  const request = prepared(deps, context, object, options);
  const { name = '' } = request.metadata;
  refuseInvalid({ group: imageGroup, kind }, name, validateImageStreamImport(request));
  const allowAnyRegistry = await mayUseAnyRegistry(deps.authorizer, context.user);
  if (!allowAnyRegistry) {
    const allowed = allowList(deps.allowedRegistries, deps.hosts.internal);
    refuseInvalid({ group: imageGroup, kind }, name, validateImportRegistries(request, allowed));
  }
  const { username, groups } = context.user;
  if (request.spec.import)
    await requireStreamQuota(deps, {
      resource: names,
      namespace: context.namespace,
      name,
      stream: name,
    });
  const answer = await ask(deps, context.signal, {
    namespace: context.namespace,
    import: request,
    user: { username, groups },
    allowAnyRegistry,
  });
  if ('status' in answer) throw new StatusError(answer.status);
  return {
    ...answer.object,
    metadata: { ...answer.object.metadata, uid: randomUUID() },
    spec: { ...answer.object.spec, import: defaultImportSpec(object.spec ?? {}).import },
    status: shownStatus(answer.object.status),
  };
}

/** Defaults in place, status cleared. A dry run is an import that is not recorded. */
function prepared(
  deps: ResourceDeps,
  context: RequestContext,
  object: ImageStreamImport,
  { dryRun }: WriteOptions,
): ImageStreamImport {
  const spec = defaultImportSpec(object.spec ?? {}, deps.importMode);
  // As with every object, the uid that a client sends does not count.
  const { uid: _uid, ...metadata } = object.metadata;
  return {
    kind,
    apiVersion: imageApiVersion,
    metadata: {
      ...metadata,
      namespace: context.namespace,
      creationTimestamp: rfc3339(deps.clock.now()),
    },
    spec: dryRun ? { ...spec, import: false } : spec,
    status: {},
  };
}

async function ask(
  deps: ResourceDeps,
  signal: AbortSignal,
  request: ImportRequest,
): Promise<ImportAnswer> {
  const { mailbox, importQueue } = deps;
  const answer = await askAtHand(deps, signal, request);
  if (answer !== undefined) return answer;
  const id = await mailbox.post(request);
  await importQueue.enqueueRequest(id);
  return (await mailbox.wait(id, signal)) as ImportAnswer;
}

/** A worker at hand that fails leaves the import to the queue, which tries again. */
async function askAtHand(
  { workerAtHand, logger }: ResourceDeps,
  signal: AbortSignal,
  request: ImportRequest,
): Promise<ImportAnswer | undefined> {
  try {
    return await workerAtHand?.take(request, signal);
  } catch (error) {
    signal.throwIfAborted();
    logger.warn('the import goes to the queue', { error });
    return undefined;
  }
}
