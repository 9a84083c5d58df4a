import { PolicyIndex } from '#src/apiserver/authorize/rbac/policy-index.ts';
import type { RuleSource } from '#src/apiserver/authorize/rbac/rule-source.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import { rbacGroup, type Role } from '#src/meta/rbac/types.ts';
import type { ObjectEvent, Objects } from '#src/store/objects.ts';
import { type Key, StoreError } from '#src/store/store.ts';

/** The roles and bindings of the store, in memory. */
export interface Policy extends RuleSource, AsyncDisposable {
  /**
   * Waits until a write of this revision is known here, so that what was just given can be used at once. Gives up when
   * the database is away.
   */
  seen(revision: number): Promise<void>;
  /** Calls back at every change with the namespace that it is about, empty for the cluster; answers how to stop that. */
  onChange(listener: (namespace: string, revision: number) => void): () => void;
}

export interface PolicyOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** The kinds that a policy is made of, as the store names them. */
export const policyResources = {
  roles: `roles.${rbacGroup}`,
  roleBindings: `rolebindings.${rbacGroup}`,
  clusterRoles: `clusterroles.${rbacGroup}`,
  clusterRoleBindings: `clusterrolebindings.${rbacGroup}`,
} as const;

const ranges = Object.values(policyResources).map((resource) => ({ resource }));
const pageSize = 500;
const pauseMs = 500;
/** A write that is not seen by then is answered all the same: it is stored. */
const seenWithinMs = 5_000;

/**
 * Reads the policy and follows it from then on. While the database is away it stays as it was.
 * @throws {StoreError} `Unavailable` when it cannot be read at first
 */
export async function followPolicy(options: PolicyOptions): Promise<Policy> {
  const policy = new FollowedPolicy(options);
  await policy.start();
  return policy;
}

class FollowedPolicy implements Policy {
  readonly #options: PolicyOptions;
  readonly #stopping = new AbortController();
  readonly #waiting = new Set<{ readonly revision: number; readonly done: () => void }>();
  readonly #listeners = new Set<(namespace: string, revision: number) => void>();
  #index = new PolicyIndex();
  #revision = 0;
  #running: Promise<void> | undefined;

  constructor(options: PolicyOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    await this.#list();
    this.#running = this.#run();
  }

  grants: RuleSource['grants'] = (user, namespace) => this.#index.grants(user, namespace);

  roleRules: RuleSource['roleRules'] = (ref, namespace) => this.#index.roleRules(ref, namespace);

  holders: RuleSource['holders'] = (attributes) => this.#index.holders(attributes);

  async seen(revision: number): Promise<void> {
    if (revision <= this.#revision) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = { revision, done: resolve };
    this.#waiting.add(waiting);
    const patience = new AbortController();
    const { clock } = this.#options;
    await Promise.race([
      promise,
      clock.sleep(seenWithinMs, patience.signal).catch(() => undefined),
    ]);
    patience.abort(new Error('it was seen'));
    this.#waiting.delete(waiting);
  }

  onChange(listener: (namespace: string, revision: number) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort(new Error('the server is stopping'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, logger } = this.#options;
    const { signal } = this.#stopping;
    let mustList = false;
    while (!signal.aborted) {
      try {
        if (mustList) await this.#list();
        mustList = false;
        await this.#follow();
      } catch (error) {
        if (signal.aborted) return;
        mustList ||= isLost(error);
        if (!mustList) logger.warn('roles and bindings cannot be read', { error });
        await clock.sleep(pauseMs, signal).catch(() => undefined);
      }
    }
  }

  async #follow(): Promise<void> {
    const { objects } = this.#options;
    const { signal } = this.#stopping;
    for await (const { revision, events } of objects.watch({
      from: this.#revision,
      ranges,
      signal,
    })) {
      for (const event of events) apply(this.#index, event.key, event);
      this.#reach(revision);
      for (const event of events) this.#tell(event.key.namespace, event.revision);
    }
  }

  /** Reads everything anew; what is asked meanwhile is answered from before. */
  async #list(): Promise<void> {
    const { objects } = this.#options;
    const index = new PolicyIndex();
    // All of it as of one revision, from which the watch goes on: an older state never comes back for a moment.
    const from = await objects.currentRevision();
    for (const range of ranges) {
      let after: { namespace: string; name: string } | undefined;
      for (;;) {
        const page = await objects.list(range, {
          limit: pageSize,
          revision: from,
          ...(after === undefined ? {} : { after }),
        });
        for (const object of page.items) {
          after = { namespace: object.metadata.namespace ?? '', name: object.metadata.name ?? '' };
          apply(index, { resource: range.resource, ...after }, { type: 'update', object });
        }
        if (page.remaining === 0 || page.items.length === 0) break;
      }
    }
    this.#index = index;
    this.#revision = from;
    this.#reach(from);
    this.#tell('', from);
  }

  #reach(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
    for (const waiting of this.#waiting) if (waiting.revision <= this.#revision) waiting.done();
  }

  #tell(namespace: string, revision: number): void {
    for (const listener of this.#listeners) listener(namespace, revision);
  }
}

function apply(
  index: PolicyIndex,
  { resource, namespace, name }: Key,
  { type, object }: Pick<ObjectEvent, 'type' | 'object'>,
): void {
  const isRole = resource === policyResources.roles || resource === policyResources.clusterRoles;
  if (type === 'delete') {
    if (isRole) index.removeRole(namespace, name);
    else index.removeBinding(namespace, name);
  } else if (isRole) index.setRole(namespace, name, (object as Role).rules ?? []);
  else index.setBinding(namespace, name, object);
}

/** The log can no longer be read from where this stands. */
function isLost(error: unknown): boolean {
  return (
    error instanceof StoreError &&
    (error.code === 'Compacted' || error.code === 'FutureRevision' || error.code === 'SlowWatcher')
  );
}
