import { staleRoles } from '#src/meta/rbac/aggregate.ts';
import { type ClusterRole, rbacGroup } from '#src/meta/rbac/types.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError } from '#src/store/store.ts';

import type { Change, Listener } from './informer.ts';

/** Where ClusterRoles are kept. */
export const clusterRolesRange = { resource: `clusterroles.${rbacGroup}` };

/** Keeps the rules of roles that are made of other roles up to date. */
export class RoleAggregation implements Listener<ClusterRole> {
  readonly #objects: Objects;

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** All roles are read at each change: a page of a list alone would take rules away for a moment. */
  async apply(changes: readonly Change<ClusterRole>[]): Promise<void> {
    if (changes.length === 0) return;
    const { items } = await this.#objects.list<ClusterRole>(clusterRolesRange);
    for (const { role, rules } of staleRoles(items)) await this.#write({ ...role, rules });
  }

  async #write(role: ClusterRole): Promise<void> {
    const key = { ...clusterRolesRange, namespace: '', name: role.metadata.name ?? '' };
    try {
      await this.#objects.update(key, role);
    } catch (error) {
      // It has changed meanwhile, which brings this here again.
      if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
    }
  }
}
