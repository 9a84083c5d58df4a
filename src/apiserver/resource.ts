/**
 * What a resource is to the API server, after k8s.io/apiserver: names for discovery, a REST storage with the verbs it
 * serves, columns for tables, a schema. The API server knows no kinds; `src/resources` lists them.
 */
import type { KubeList, KubeObject } from '#src/meta/object.ts';
import type { Schema } from '#src/meta/schema.ts';
import type { Status } from '#src/meta/status.ts';

export type Verb =
  | 'create'
  | 'delete'
  | 'deletecollection'
  | 'get'
  | 'list'
  | 'patch'
  | 'update'
  | 'watch';

/** Who asks. */
export interface UserInfo {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
}

/** What a request is about, the same for every verb. */
export interface RequestContext {
  readonly user: UserInfo;
  /** Empty for cluster-scoped resources and for lists over all namespaces. */
  readonly namespace: string;
  /** The name in the URL; creates need it for subresources such as `serviceaccounts/NAME/token`. */
  readonly name?: string;
  readonly signal: AbortSignal;
  /** Warnings to send in `Warning: 299` headers. */
  warn(message: string): void;
  /** Query parameters, for subresources that take their own. */
  readonly query: URLSearchParams;
}

export interface ListQuery {
  readonly labelSelector: string;
  readonly fieldSelector: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: string;
}

export interface WatchQuery extends ListQuery {
  readonly allowWatchBookmarks: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export type WatchEvent =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  | {
      readonly type: 'BOOKMARK';
      readonly resourceVersion: string;
      readonly initialEventsEnd: boolean;
    }
  | { readonly type: 'ERROR'; readonly status: Status };

/** What a watcher is told at one time, in order; never nothing. */
export type WatchEvents = readonly WatchEvent[];

export interface WriteOptions {
  /** Validate and answer, but store nothing. */
  readonly dryRun: boolean;
  /** Who owns the fields that are written: `fieldManager`, else the User-Agent up to the first `/`. */
  readonly fieldManager: string;
}

export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
  readonly propagationPolicy?: string;
  readonly gracePeriodSeconds?: number;
}

/**
 * Makes the new object from the current one; called again with a fresh current object after an internal conflict.
 * `current` is `undefined` when there is none and the storage allows to create on update.
 * @throws {StatusError} when the update cannot be made (a failed patch, a stale resourceVersion)
 */
export type ObjectUpdate<T extends KubeObject = KubeObject> = (
  current: T | undefined,
) => T | Promise<T>;

export interface Updated<T extends KubeObject = KubeObject> {
  readonly object: T;
  /** True answers 201 instead of 200. */
  readonly created: boolean;
}

/** The verbs a resource serves; an absent one answers 405 and is not advertised. All throw StatusError. */
export interface Rest<T extends KubeObject = KubeObject> {
  get?(context: RequestContext, name: string): Promise<KubeObject>;
  list?(context: RequestContext, query: ListQuery): Promise<KubeList<T>>;
  /** Settles as soon as it is certain where the watch begins: whatever is written afterwards is seen. */
  watch?(context: RequestContext, query: WatchQuery): Promise<AsyncIterable<WatchEvents>>;
  /** May answer a Status instead of the object (imagestreammappings do). */
  create?(context: RequestContext, object: T, options: WriteOptions): Promise<KubeObject | Status>;
  /** Serves PUT and all PATCH types. */
  update?(
    context: RequestContext,
    name: string,
    update: ObjectUpdate<T>,
    options: WriteOptions & { readonly forceAllowCreate?: boolean },
  ): Promise<Updated<T>>;
  /** Answers the object when it still exists (finalizers), a success Status otherwise. */
  delete?(
    context: RequestContext,
    name: string,
    options: DeleteOptions,
  ): Promise<KubeObject | Status>;
  deleteCollection?(
    context: RequestContext,
    query: ListQuery,
    options: DeleteOptions,
  ): Promise<KubeList<T>>;
}

/** A table column (meta/v1 TableColumnDefinition) with how its cell is made. */
export interface Column<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'date';
  readonly format?: 'name' | '';
  readonly description: string;
  /** 0 is always shown, 1 only with `-o wide`. */
  readonly priority: 0 | 1;
  /** `now` in milliseconds, for ages. */
  cell(object: T, now: number): unknown;
}

export interface Subresource<T extends KubeObject = KubeObject> {
  readonly name: string;
  readonly kind: string;
  /** Where the kind lives when that is not the resource's own group (`authentication.k8s.io` for tokens). */
  readonly group?: string;
  readonly version?: string;
  /** Shape of the kind; the resource's own when absent and the kinds are the same. */
  readonly schema?: Schema;
  /** Served, but not listed by discovery: clients of the API that the group implements find what they know and no more. */
  readonly unlisted?: boolean;
  readonly rest: Rest<T>;
}

/** One resource of one group and version. */
export interface Resource<T extends KubeObject = KubeObject> {
  readonly group: string;
  readonly version: string;
  /** Plural, lower case: `imagestreams`. */
  readonly name: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  /** Each object is a namespace: what may be done with it is asked in the namespace of its name. */
  readonly isNamespace?: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly rest: Rest<T>;
  readonly subresources: readonly Subresource[];
  readonly columns: readonly Column<T>[];
  /** Shape of the kind: drives strategic merge patch, OpenAPI, strict decoding, defaulting and server-side apply. */
  readonly schema?: Schema;
}
