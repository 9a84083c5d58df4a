import type { KubeObject } from '#src/meta/object.ts';

import { ParsedBodies } from './cache/parsed-bodies.ts';
import type { ObjectBatch, ObjectEvent, ObjectPage, Objects } from './objects.ts';
import type { KeyRing } from './seal.ts';
import type { Entry, Key, ListOptions, Range, Store, StoreEvent, WatchOptions } from './store.ts';

/** Which resources are encrypted, and with what. */
export interface Sealing {
  readonly resources: ReadonlySet<string>;
  readonly keys: KeyRing;
}

/**
 * The store as JSON objects. Bodies are stored without `metadata.resourceVersion`, which is known only after the write.
 *
 * What is read is shared by all readers of the process, since each body is parsed once; it is frozen.
 */
export class JsonObjects implements Objects {
  readonly #store: Store;
  readonly #sealing: Sealing | undefined;
  readonly #bodies = new ParsedBodies();
  readonly #parsed = new WeakMap<StoreEvent, ObjectEvent>();

  constructor(store: Store, sealing?: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  async get<T extends KubeObject>(key: Key): Promise<T | undefined> {
    const entry = await this.#store.get(key);
    return entry && (this.#objectOf(entry) as T);
  }

  async list<T extends KubeObject>(range: Range, options?: ListOptions): Promise<ObjectPage<T>> {
    const { revision, entries, remaining } = await this.#store.list(range, options);
    return { revision, remaining, items: entries.map((entry) => this.#objectOf(entry) as T) };
  }

  async create<T extends KubeObject>(key: Key, object: T): Promise<T> {
    const { revision } = await this.#store.create(key, this.#bodyOf(key, object));
    return withResourceVersion(object, revision);
  }

  async update<T extends KubeObject>(key: Key, object: T): Promise<T> {
    const expected = revisionOf(object.metadata.resourceVersion);
    const { revision } = await this.#store.update(key, this.#bodyOf(key, object), expected);
    return withResourceVersion(object, revision);
  }

  async delete<T extends KubeObject>(key: Key, resourceVersion?: string): Promise<T> {
    const expected = resourceVersion === undefined ? undefined : revisionOf(resourceVersion);
    return this.#objectOf(await this.#store.delete(key, expected)) as T;
  }

  async *watch<T extends KubeObject>(
    options: WatchOptions,
  ): AsyncGenerator<ObjectBatch<T>, void, undefined> {
    for await (const { revision, events } of this.#store.watch(options)) {
      yield { revision, events: events.map((event) => this.#eventOf(event) as ObjectEvent<T>) };
    }
  }

  async currentRevision(): Promise<number> {
    return await this.#store.currentRevision();
  }

  #eventOf(event: StoreEvent): ObjectEvent {
    const known = this.#parsed.get(event);
    if (known !== undefined) return known;
    const { type, key, revision, previousRevision, body, previousBody } = event;
    const object = this.#parse(key, body, revision);
    const previous =
      previousBody === undefined
        ? {}
        : { previous: this.#parse(key, previousBody, previousRevision) };
    const parsed = { type, key, revision, object, ...previous };
    this.#parsed.set(event, parsed);
    return parsed;
  }

  #objectOf({ key, body, revision }: Entry): KubeObject {
    return this.#parse(key, body, revision);
  }

  #parse(key: Key, body: string, revision: number): KubeObject {
    return this.#bodies.objectOf({ key, revision, body }, () => {
      const text = this.#keysOf(key)?.open(key, body) ?? body;
      const object = JSON.parse(text) as KubeObject;
      object.metadata.resourceVersion = String(revision);
      return object;
    });
  }

  #bodyOf(key: Key, object: KubeObject): string {
    const { resourceVersion: _, ...metadata } = object.metadata;
    const text = JSON.stringify({ ...object, metadata });
    return this.#keysOf(key)?.seal(key, text) ?? text;
  }

  /** The keys for a resource that is sealed. */
  #keysOf({ resource }: Key): KeyRing | undefined {
    return this.#sealing?.resources.has(resource) === true ? this.#sealing.keys : undefined;
  }
}

function withResourceVersion<T extends KubeObject>(object: T, revision: number): T {
  return { ...object, metadata: { ...object.metadata, resourceVersion: String(revision) } };
}

function revisionOf(resourceVersion: string | undefined): number {
  if (resourceVersion === undefined || !/^[1-9]\d{0,15}$/.test(resourceVersion)) {
    throw new Error(`metadata.resourceVersion ${resourceVersion} is not a revision`);
  }
  return Number(resourceVersion);
}
