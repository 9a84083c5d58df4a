import { rfc3339 } from '#src/lib/clock.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { conflict, notFound, serverTimeout, type Status, StatusError } from '#src/meta/status.ts';
import { StoreError } from '#src/store/store.ts';

import type { DeleteOptions, RequestContext } from '../resource.ts';
import { keyOf } from './keys.ts';
import { storeStatus } from './store-status.ts';
import type { GenericOptions } from './strategy.ts';

const maxAttempts = 200;

/** What a deletion left: the object when finalizers still hold it. */
export interface Deleted<T extends KubeObject> {
  readonly object: T;
  /** False while finalizers hold the object. */
  readonly gone: boolean;
}

/**
 * Deletes an object, or marks it with `deletionTimestamp` while it has finalizers.
 * @throws {StatusError} 404, or 409 when a precondition does not hold
 */
export async function deleteObject<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: Pick<RequestContext, 'namespace' | 'signal'>,
  name: string,
  deletion: DeleteOptions,
): Promise<Deleted<T>> {
  const key = keyOf(options, context.namespace, name);
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    context.signal.throwIfAborted();
    const current = await options.objects.get<T>(key);
    if (current === undefined) throw new StatusError(notFound(options.resource, name));
    checkPreconditions(options, deletion, current);
    const marked = markDeleted(options, current);
    const gone = !isHeld(options, current);
    if (deletion.dryRun) return { object: gone ? current : marked, gone };
    try {
      if (gone)
        return {
          object: await options.objects.delete<T>(key, current.metadata.resourceVersion),
          gone,
        };
      if (marked === current) return { object: current, gone };
      return { object: await options.objects.update(key, marked), gone };
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'Conflict'))
        throw storeStatus(error, options.resource, name);
    }
  }
  throw new StatusError(serverTimeout(options.resource, 'delete', 1));
}

/** What a DELETE answers when nothing is left. */
export function deletedStatus(
  options: Pick<GenericOptions, 'resource'>,
  object: KubeObject,
): Status {
  const { group, resource } = options.resource;
  const { name, uid } = object.metadata;
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    details: {
      ...(name === undefined ? {} : { name }),
      ...(group === '' ? {} : { group }),
      kind: resource,
      ...(uid === undefined ? {} : { uid }),
    },
  };
}

function markDeleted<T extends KubeObject, Loaded>(
  { clock, strategy }: GenericOptions<T, Loaded>,
  current: T,
): T {
  if (current.metadata.deletionTimestamp !== undefined) return current;
  const prepared = strategy.prepareForDelete?.(current) ?? current;
  return {
    ...prepared,
    metadata: {
      ...prepared.metadata,
      deletionTimestamp: rfc3339(clock.now()),
      deletionGracePeriodSeconds: 0,
      ...(strategy.tracksGeneration === true
        ? { generation: (current.metadata.generation ?? 0) + 1 }
        : {}),
    },
  };
}

/** Whether finalizers keep a deleted object in the store. */
export function isHeld<T extends KubeObject, Loaded>(
  { strategy }: Pick<GenericOptions<T, Loaded>, 'strategy'>,
  object: T,
): boolean {
  return (object.metadata.finalizers ?? []).length > 0 || strategy.isHeld?.(object) === true;
}

function checkPreconditions<T extends KubeObject, Loaded>(
  { resource, kind }: GenericOptions<T, Loaded>,
  { preconditions }: DeleteOptions,
  { metadata }: KubeObject,
): void {
  const { name = '', uid = '', resourceVersion = '' } = metadata;
  const failed =
    preconditions?.uid !== undefined && preconditions.uid !== uid
      ? `the UID in the precondition (${preconditions.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`
      : preconditions?.resourceVersion !== undefined &&
          preconditions.resourceVersion !== resourceVersion
        ? `the ResourceVersion in the precondition (${preconditions.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`
        : undefined;
  // Kubernetes names the kind here, not the resource.
  if (failed !== undefined)
    throw new StatusError(conflict({ ...resource, resource: kind }, name, failed));
}
