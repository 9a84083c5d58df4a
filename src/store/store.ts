/**
 * The record: etcd's rules on PostgreSQL. It knows no kinds; a body is text to it.
 *
 * Every successful write takes the next *revision*: one counter for everything, without gaps, in commit order. A
 * reader that has seen revision N has seen every write up to N. A hole in the log can only mean compaction.
 */

/** Where an object lives. `resource` is group-qualified (`imagestreams.image.openshift.io`, `secrets`); `namespace` is empty for cluster scope. */
export interface Key {
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** An object as stored: `revision` is that of its last write, `createRevision` that of its first. */
export interface Entry {
  readonly key: Key;
  readonly revision: number;
  readonly createRevision: number;
  readonly body: string;
}

/** One write. `body` is the new body, for a delete the last one; `previousBody` is what it replaced (absent on create). */
export interface StoreEvent {
  readonly type: 'create' | 'update' | 'delete';
  readonly key: Key;
  readonly revision: number;
  /** Revision of the body that this write replaced, 0 on create. */
  readonly previousRevision: number;
  readonly body: string;
  readonly previousBody?: string;
}

/** All objects of a resource, or those of one namespace. */
export interface Range {
  readonly resource: string;
  readonly namespace?: string;
}

export interface ListOptions {
  /** At most this many entries; unlimited when absent. */
  readonly limit?: number;
  /** Continue behind this key (exclusive), in key order. */
  readonly after?: { readonly namespace: string; readonly name: string };
  /** List as of this revision; now when absent. */
  readonly revision?: number;
}

/** Entries in key order (namespace, then name), all as of `revision`. */
export interface Page {
  readonly revision: number;
  readonly entries: readonly Entry[];
  /** How many entries of the range stand behind the last one; 0 means the list is complete. */
  readonly remaining: number;
}

/** A step of a watch: the events of the range up to and including `revision`, possibly none (progress only). */
export interface WatchBatch {
  readonly revision: number;
  readonly events: readonly StoreEvent[];
}

export interface WatchOptions {
  /** Deliver every event with a revision greater than this one. */
  readonly from: number;
  /** What to watch; everything when absent. */
  readonly ranges?: readonly Range[];
  readonly signal: AbortSignal;
}

export interface Store {
  /** @throws {StoreError} `KeyExists` */
  create(key: Key, body: string): Promise<Entry>;
  /**
   * Compare-and-swap.
   * @param expected the revision that is replaced
   * @throws {StoreError} `KeyNotFound`, `Conflict`
   */
  update(key: Key, body: string, expected: number): Promise<Entry>;
  /**
   * @param expected the revision that is deleted; whichever is current when absent
   * @returns the last body, with the revision of the deletion
   * @throws {StoreError} `KeyNotFound`, `Conflict`
   */
  delete(key: Key, expected?: number): Promise<Entry>;
  get(key: Key): Promise<Entry | undefined>;
  /** @throws {StoreError} `Compacted` when `options.revision` is no longer known, `FutureRevision` when not yet */
  list(range: Range, options?: ListOptions): Promise<Page>;
  /** The newest revision of all. */
  currentRevision(): Promise<number>;
  /**
   * Every event after `from` in revision order, none twice, then whatever happens, until the signal is aborted.
   * A reader that falls far behind is ended with `SlowWatcher`; it never delays a writer or another reader.
   * @throws {StoreError} `Compacted`, `FutureRevision`, `SlowWatcher`
   */
  watch(options: WatchOptions): AsyncIterable<WatchBatch>;
  /** Forgets events up to and including `revision`; objects stay. */
  compact(revision: number): Promise<void>;
}

/** Why a store call failed, in etcd's words; `Unavailable` is the database being away, with an unknown outcome. */
export type StoreErrorCode =
  | 'KeyExists'
  | 'KeyNotFound'
  | 'Conflict'
  | 'Compacted'
  | 'FutureRevision'
  | 'SlowWatcher'
  | 'Unavailable';

export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly code: StoreErrorCode;
  /** The revision that was found instead (`Conflict`), or the oldest that can be had (`Compacted`), or the newest (`FutureRevision`). */
  readonly revision: number | undefined;

  constructor(code: StoreErrorCode, message: string, revision?: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.revision = revision;
  }
}
