import type { KubeObject } from '#src/meta/object.ts';
import type { Key, ListOptions, Range, WatchOptions } from './store.ts';

/** A watched change as objects, `metadata.resourceVersion` being the event's revision. */
export interface ObjectEvent<T extends KubeObject = KubeObject> {
  readonly type: 'create' | 'update' | 'delete';
  readonly key: Key;
  readonly revision: number;
  /** The object after the write; for a delete its last state, with the deletion's resourceVersion. */
  readonly object: T;
  /** What the write replaced; absent on create. */
  readonly previous?: T;
}

export interface ObjectPage<T extends KubeObject = KubeObject> {
  readonly revision: number;
  readonly items: readonly T[];
  readonly remaining: number;
}

export interface ObjectBatch<T extends KubeObject = KubeObject> {
  readonly revision: number;
  readonly events: readonly ObjectEvent<T>[];
}

/**
 * The store as JSON objects: `metadata.resourceVersion` is the revision on the way out and the compare-and-swap guard
 * on the way in, and bodies of sealed resources (secrets) are encrypted.
 */
export interface Objects {
  get<T extends KubeObject>(key: Key): Promise<T | undefined>;
  /** @throws {StoreError} as the store */
  list<T extends KubeObject>(range: Range, options?: ListOptions): Promise<ObjectPage<T>>;
  /** @throws {StoreError} `KeyExists` */
  create<T extends KubeObject>(key: Key, object: T): Promise<T>;
  /**
   * Replaces the object whose `metadata.resourceVersion` this one carries.
   * @throws {StoreError} `KeyNotFound`, `Conflict`
   */
  update<T extends KubeObject>(key: Key, object: T): Promise<T>;
  /** @throws {StoreError} `KeyNotFound`, `Conflict` */
  delete<T extends KubeObject>(key: Key, resourceVersion?: string): Promise<T>;
  watch<T extends KubeObject>(options: WatchOptions): AsyncIterable<ObjectBatch<T>>;
  currentRevision(): Promise<number>;
}
