import { GoLiteral, invalid } from '#src/meta/field-error.ts';
import { equalJson } from '#src/meta/json.ts';
import { validateObjectMetaUpdate, withoutEmptyMeta } from '#src/meta/object-meta.ts';
import type { GroupResource, KubeObject, ObjectMeta } from '#src/meta/object.ts';
import {
  conflict,
  invalidObject,
  modified,
  notFound,
  refuseInvalid,
  serverTimeout,
  type Status,
  StatusError,
} from '#src/meta/status.ts';
import { StoreError } from '#src/store/store.ts';

import type { ObjectUpdate, RequestContext, Updated, WriteOptions } from '../resource.ts';
import { createObject } from './create.ts';
import { isHeld } from './delete.ts';
import { apiVersionOf, keyOf, strategyInfo } from './keys.ts';
import { storeStatus } from './store-status.ts';
import type { GenericOptions } from './strategy.ts';

/** Writers of one object that all win in turn: far more than any client starts at once. */
const maxAttempts = 200;

/** Everything one update is about. */
interface UpdateRequest<T extends KubeObject> {
  readonly context: RequestContext;
  readonly name: string;
  readonly update: ObjectUpdate<T>;
  readonly write: WriteOptions & { readonly forceAllowCreate?: boolean };
}

/**
 * Replaces an object by what `update` makes of the current one. A write that lost a race is made again from the fresh
 * object, unless the new object names a resourceVersion: then it is a conflict. A write that changes nothing is not
 * stored and keeps the resourceVersion.
 * @throws {StatusError} 404, 409, 422
 */
export async function updateObject<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  request: UpdateRequest<T>,
): Promise<Updated<T>> {
  const { context, name, write } = request;
  const key = keyOf(options, context.namespace, name);
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    context.signal.throwIfAborted();
    const current = await options.objects.get<T>(key);
    const proposed = await proposal(options, request, current);
    if (current === undefined)
      return { object: await createObject(options, context, proposed, write), created: true };
    const next = await preparedUpdate(options, context, proposed, current);
    if (equalJson(next, current) || write.dryRun) return { object: next, created: false };
    try {
      const object =
        next.metadata.deletionTimestamp !== undefined && !isHeld(options, next)
          ? await options.objects.delete<T>(key, next.metadata.resourceVersion)
          : await options.objects.update(key, next);
      return { object, created: false };
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'Conflict'))
        throw storeStatus(error, options.resource, name);
    }
  }
  throw new StatusError(serverTimeout(options.resource, 'update', 1));
}

async function proposal<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  { name, update, write }: UpdateRequest<T>,
  current: T | undefined,
): Promise<T> {
  const mayCreate =
    options.strategy.allowCreateOnUpdate === true || write.forceAllowCreate === true;
  if (current === undefined && !mayCreate) throw new StatusError(notFound(options.resource, name));
  // A patch is of what clients see, not of what only the record keeps.
  return update(current && (options.strategy.decorate?.(current) ?? current));
}

async function preparedUpdate<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  proposed: T,
  current: T,
): Promise<T> {
  const { strategy, resource, kind } = options;
  const name = current.metadata.name ?? '';
  checkPreconditions(options, proposed.metadata, current.metadata);
  const filled = withSystemFields(options, proposed, current);
  const info = await strategyInfo(options, context, filled, current);
  const next = raisedGeneration(options, strategy.prepareForUpdate(filled, current, info), current);
  const errors = [
    ...strategy.validateUpdate(next, current, info),
    ...validateObjectMetaUpdate(next, current, strategy.namespaced),
  ];
  refuseInvalid({ group: resource.group, kind }, name, errors);
  for (const warning of strategy.warnings?.(next, current) ?? []) context.warn(warning);
  return strategy.canonicalize?.(next) ?? next;
}

function checkPreconditions<T extends KubeObject, Loaded>(
  { resource, strategy }: GenericOptions<T, Loaded>,
  next: ObjectMeta,
  current: ObjectMeta,
): void {
  const { name = '', uid = '' } = current;
  if (next.uid !== undefined && next.uid !== '' && next.uid !== uid)
    throw new StatusError(
      conflict(
        resource,
        name,
        `Precondition failed: UID in precondition: ${next.uid}, UID in object meta: ${uid}`,
      ),
    );
  const version = next.resourceVersion ?? '';
  if (version === '' && !strategy.allowUnconditionalUpdate)
    throw new StatusError(missingResourceVersion(resource, name));
  if (version !== '' && version !== current.resourceVersion)
    throw new StatusError(modified(resource, name));
}

function missingResourceVersion({ group, resource }: GroupResource, name: string): Status {
  // Recorded: the subject is the resource here, not the kind, and the value is Go's zero.
  return invalidObject({ group, kind: resource }, name, [
    invalid('metadata.resourceVersion', new GoLiteral('0x0'), 'must be specified for an update'),
  ]);
}

const systemFields = [
  'uid',
  'resourceVersion',
  'creationTimestamp',
  'generation',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
] as const;

/** The fields that only the server sets stay as they are, whatever the client sent. */
function withSystemFields<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  proposed: T,
  current: T,
): T {
  const sent: Partial<ObjectMeta> = { ...proposed.metadata };
  for (const field of systemFields) delete sent[field];
  delete sent.selfLink;
  if ((sent.namespace ?? '') === '') delete sent.namespace;
  const kept = Object.fromEntries(
    systemFields
      .filter((field) => current.metadata[field] !== undefined)
      .map((field) => [field, current.metadata[field]]),
  ) as Partial<ObjectMeta>;
  const { namespace } = current.metadata;
  return {
    ...proposed,
    kind: options.kind,
    apiVersion: apiVersionOf(options),
    metadata: withoutEmptyMeta({
      ...(namespace === undefined ? {} : { namespace }),
      ...sent,
      ...kept,
    }),
  };
}

function raisedGeneration<T extends KubeObject, Loaded>(
  { strategy }: GenericOptions<T, Loaded>,
  next: T,
  current: T,
): T {
  if (strategy.tracksGeneration !== true || equalJson(specOf(next), specOf(current))) return next;
  return {
    ...next,
    metadata: { ...next.metadata, generation: (current.metadata.generation ?? 0) + 1 },
  };
}

function specOf(object: KubeObject): unknown {
  return { ...object, metadata: undefined, status: undefined };
}
