import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError, type Key } from '#src/store/store.ts';
import type { Clock } from '#src/lib/clock.ts';
import { rfc3339 } from '#src/lib/clock.ts';

import type { Change, Listener } from './informer.ts';

/** The part of a core/v1 Namespace that matters here. */
export interface NamespaceKind extends KubeObject {
  spec?: { finalizers?: string[] };
}

export interface NamespaceControllerOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  /** Every stored resource with a namespace, group-qualified; namespaces are emptied of them in this order. */
  readonly resources: readonly string[];
}

const contentFinalizer = 'kubernetes';
/** What is held by finalizers of its own is looked at again after this time. */
const againMs = 1_000;

/** Empties namespaces whose deletion was asked for and then lets them go. */
export class NamespaceController implements Listener<NamespaceKind> {
  readonly #options: NamespaceControllerOptions;
  /** Those that something still holds. */
  readonly #terminating = new Set<string>();

  constructor(options: NamespaceControllerOptions) {
    this.#options = options;
  }

  relist(): void {
    this.#terminating.clear();
  }

  async apply(changes: readonly Change<NamespaceKind>[]): Promise<void> {
    for (const { type, object } of changes) {
      const { name = '', deletionTimestamp } = object.metadata;
      if (type === 'deleted' || deletionTimestamp === undefined) this.#terminating.delete(name);
      else await this.#terminate(name);
    }
  }

  /** Looks again at namespaces that are held, until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(againMs, signal).catch(() => undefined);
      if (signal.aborted) return;
      for (const name of this.#terminating) await this.#terminate(name);
    }
  }

  async #terminate(name: string): Promise<void> {
    this.#terminating.add(name);
    if (!(await this.#empty(name))) return;
    if (await this.#finalize(name)) this.#terminating.delete(name);
  }

  /** @returns whether nothing is left */
  async #empty(namespace: string): Promise<boolean> {
    const { objects, resources } = this.#options;
    let left = 0;
    for (const resource of resources) {
      const { items } = await objects.list({ resource, namespace });
      for (const object of items) {
        const key = { resource, namespace, name: object.metadata.name ?? '' };
        if (!(await this.#remove(key, object))) left += 1;
      }
    }
    return left === 0;
  }

  /** @returns whether it is gone; what has finalizers is only marked */
  async #remove(key: Key, object: KubeObject): Promise<boolean> {
    const { objects, clock } = this.#options;
    const { finalizers = [], deletionTimestamp } = object.metadata;
    try {
      if (finalizers.length === 0) {
        await objects.delete(key, object.metadata.resourceVersion);
        return true;
      }
      if (deletionTimestamp === undefined)
        await objects.update(key, {
          ...object,
          metadata: { ...object.metadata, deletionTimestamp: rfc3339(clock.now()) },
        });
      return false;
    } catch (error) {
      return hasMoved(error) === 'gone';
    }
  }

  /** @returns whether the namespace needs nothing more from here */
  async #finalize(name: string): Promise<boolean> {
    const { objects } = this.#options;
    const key = { resource: 'namespaces', namespace: '', name };
    const namespace = await objects.get<NamespaceKind>(key);
    if (namespace?.metadata.deletionTimestamp === undefined) return true;
    const finalizers = (namespace.spec?.finalizers ?? []).filter(
      (each) => each !== contentFinalizer,
    );
    const isHeld = finalizers.length > 0 || (namespace.metadata.finalizers ?? []).length > 0;
    try {
      if (isHeld)
        await objects.update(key, { ...namespace, spec: { ...namespace.spec, finalizers } });
      else await objects.delete(key, namespace.metadata.resourceVersion);
      return true;
    } catch (error) {
      return hasMoved(error) === 'gone';
    }
  }
}

/** Somebody else was faster; what else goes wrong is thrown on. */
function hasMoved(error: unknown): 'gone' | 'changed' {
  if (error instanceof StoreError && error.code === 'KeyNotFound') return 'gone';
  if (error instanceof StoreError && error.code === 'Conflict') return 'changed';
  throw error;
}
