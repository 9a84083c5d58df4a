import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';

import type { Policy } from './policy.ts';

/** The store, answering a write only when the policy of this process knows it: who was just let in may come in. */
export function seenObjects(objects: Objects, policy: Policy): Objects {
  async function seen<T extends KubeObject>(write: Promise<T>): Promise<T> {
    const object = await write;
    await policy.seen(Number(object.metadata.resourceVersion));
    return object;
  }
  return {
    get: (key) => objects.get(key),
    list: (range, options) => objects.list(range, options),
    watch: (options) => objects.watch(options),
    currentRevision: () => objects.currentRevision(),
    create: (key, object) => seen(objects.create(key, object)),
    update: (key, object) => seen(objects.update(key, object)),
    delete: (key, resourceVersion) => seen(objects.delete(key, resourceVersion)),
  };
}
