import type { Clock } from '#src/lib/clock.ts';
import type { FieldError } from '#src/meta/field-error.ts';
import type { GroupResource, KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';

import type { RequestContext, UserInfo } from '../resource.ts';

/** How the fields that a field selector may name are read from an object, by field: `spec.type`. */
export type SelectableFields<T extends KubeObject> = Readonly<
  Record<string, (object: T) => string>
>;

/** What a strategy may know besides the objects. */
export interface StrategyInfo<Loaded = undefined> {
  readonly user: UserInfo;
  readonly namespace: string;
  /** Now, RFC 3339 with second precision. */
  readonly now: string;
  /** What `load` of the generic rest answered for this write. */
  readonly loaded: Loaded;
}

/**
 * The rules of one kind, after k8s.io/apiserver's rest strategies: pure functions of objects. Everything that must be
 * looked up elsewhere first comes in through `info.loaded`. A function may throw StatusError to refuse the request.
 */
export interface Strategy<T extends KubeObject = KubeObject, Loaded = undefined> {
  readonly namespaced: boolean;
  /** Whether a PUT without resourceVersion replaces whatever is there; 422 otherwise. */
  readonly allowUnconditionalUpdate: boolean;
  /** Whether a PUT to a missing name creates it; 404 otherwise. */
  readonly allowCreateOnUpdate?: boolean;
  /** `metadata.generation` starts at 1 and rises when anything but metadata and status changes. */
  readonly tracksGeneration?: boolean;
  /** Clears what a client may not set; the name, uid and times are set already. */
  prepareForCreate(object: T, info: StrategyInfo<Loaded>): T;
  /** Beyond the rules of ObjectMeta, which hold for every kind. */
  validateCreate(object: T, info: StrategyInfo<Loaded>): readonly FieldError[];
  prepareForUpdate(next: T, current: T, info: StrategyInfo<Loaded>): T;
  validateUpdate(next: T, current: T, info: StrategyInfo<Loaded>): readonly FieldError[];
  /** Marks an object whose deletion was asked for while something holds it, beyond `deletionTimestamp`. */
  prepareForDelete?(object: T): T;
  /** What holds a deleted object besides `metadata.finalizers`; a namespace has finalizers of its own. */
  isHeld?(object: T): boolean;
  /** Sent as `Warning` headers; `current` is absent on create. */
  warnings?(object: T, current: T | undefined): readonly string[];
  /** The one form in which equal objects are stored. */
  canonicalize?(object: T): T;
  /** Fills what is computed on every read and never stored. */
  decorate?(object: T): T;
  /** Fields for field selectors besides `metadata.name` and `metadata.namespace`. */
  readonly selectableFields?: SelectableFields<T>;
}

/** What becomes of a namespace, `undefined` when there is none. */
export type NamespacePhase = 'Active' | 'Terminating' | undefined;

/** How a kind is kept in the store. */
export interface GenericOptions<T extends KubeObject = KubeObject, Loaded = undefined> {
  readonly objects: Objects;
  readonly resource: GroupResource;
  /** `v1` */
  readonly version: string;
  readonly kind: string;
  readonly strategy: Strategy<T, Loaded>;
  readonly clock: Clock;
  /** Creating in a missing namespace answers 404, in a terminating one 403; not asked for cluster-scoped kinds. */
  namespacePhase(namespace: string): Promise<NamespacePhase>;
  /**
   * Looks up what the strategy needs before it prepares and validates; called again when the write is retried.
   * `current` is absent on create.
   */
  readonly load?: (context: RequestContext, next: T, current: T | undefined) => Promise<Loaded>;
}
