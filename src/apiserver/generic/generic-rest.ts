import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { notFound, type Status, StatusError } from '#src/meta/status.ts';

import type { ObjectUpdate, RequestContext, Rest, Updated, WriteOptions } from '../resource.ts';
import { createObject } from './create.ts';
import { deletedStatus, deleteObject } from './delete.ts';
import { decorated } from './decorated.ts';
import { keyOf } from './keys.ts';
import { listObjects, snapshot } from './list.ts';
import { parseSelection } from './selection.ts';
import { storeStatus } from './store-status.ts';
import type { GenericOptions } from './strategy.ts';
import { updateObject } from './update.ts';
import { watchObjects } from './watch.ts';

/** Every verb of a kind that is kept in the store as it stands. */
export interface GenericRest<T extends KubeObject = KubeObject> extends Required<Rest<T>> {
  get(context: RequestContext, name: string): Promise<T>;
  create(context: RequestContext, object: T, options: WriteOptions): Promise<T>;
}

/**
 * All verbs of a kind over the store, after k8s.io/apiserver's generic registry. A resource that serves fewer picks
 * them; a subresource such as `status` is the same kind with another strategy, of which it picks `get` and `update`.
 */
export function createGenericRest<T extends KubeObject, Loaded = undefined>(
  options: GenericOptions<T, Loaded>,
): GenericRest<T> {
  const { strategy, resource, objects } = options;
  const shown = (object: T): T => decorated(strategy, object);
  return {
    async get(context, name) {
      const object = await objects
        .get<T>(keyOf(options, context.namespace, name))
        .catch((error: unknown) => {
          throw storeStatus(error, resource, name);
        });
      if (object === undefined) throw new StatusError(notFound(resource, name));
      return shown(object);
    },
    list: (context, query): Promise<KubeList<T>> => listObjects(options, context, query),
    watch: (context, query) => watchObjects(options, context, query),
    async create(context, object, write) {
      return shown(await createObject(options, context, object, write));
    },
    async update(context, name, update: ObjectUpdate<T>, write): Promise<Updated<T>> {
      const { object, created } = await updateObject(options, { context, name, update, write });
      return { object: shown(object), created };
    },
    async delete(context, name, deletion): Promise<KubeObject | Status> {
      const { object, gone } = await deleteObject<T, Loaded>(options, context, name, deletion);
      return gone ? deletedStatus(options, object) : shown(object);
    },
    async deleteCollection(context, query, deletion): Promise<KubeList<T>> {
      const list = await listObjects(options, context, query);
      const { items } = await snapshot(
        options,
        context,
        parseSelection(query, strategy.selectableFields),
      );
      for (const { metadata } of items) {
        const place = { namespace: metadata.namespace ?? '', signal: context.signal };
        await deleteObject(options, place, metadata.name ?? '', deletion).catch(ignoreMissing);
      }
      return list;
    },
  };
}

/** Somebody else deleted the object meanwhile, which is what was wanted. */
function ignoreMissing(error: unknown): void {
  if (!(error instanceof StatusError && error.status.reason === 'NotFound')) throw error;
}
