import { createGenericRest, type GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import type { Column, Resource } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { type Binding, type ClusterRole, rbacGroup, type Role } from '#src/meta/rbac/types.ts';
import type { Schema } from '#src/meta/schema.ts';

import { storedIn } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { clusterRoleBindingStrategy, roleBindingStrategy } from './binding-strategy.ts';
import { bindingColumns, roleColumns } from './columns.ts';
import {
  type EscalationDeps,
  refuseBindingEscalation,
  refuseRoleEscalation,
  type RbacWrite,
} from './escalation.ts';
import { clusterRoleStrategy, roleStrategy } from './role-strategy.ts';
import {
  clusterRoleBindingSchema,
  clusterRoleSchema,
  roleBindingSchema,
  roleSchema,
} from './schema.ts';
import { seenObjects } from './seen-objects.ts';

/** What one of the kinds has of its own. */
interface RbacKind<T extends KubeObject> {
  readonly name: string;
  readonly kind: string;
  readonly strategy: Strategy<T>;
  readonly columns: readonly Column<T>[];
  readonly schema: Schema;
  /** @throws {StatusError} 403 for who would give more than they have */
  readonly refuse: (deps: EscalationDeps, write: RbacWrite<T>) => Promise<void>;
}

const roleKind: RbacKind<Role> = {
  name: 'roles',
  kind: 'Role',
  strategy: roleStrategy,
  columns: roleColumns,
  schema: roleSchema,
  refuse: refuseRoleEscalation,
};

const clusterRoleKind: RbacKind<ClusterRole> = {
  name: 'clusterroles',
  kind: 'ClusterRole',
  strategy: clusterRoleStrategy,
  columns: roleColumns,
  schema: clusterRoleSchema,
  refuse: refuseRoleEscalation,
};

const roleBindingKind: RbacKind<Binding> = {
  name: 'rolebindings',
  kind: 'RoleBinding',
  strategy: roleBindingStrategy,
  columns: bindingColumns,
  schema: roleBindingSchema,
  refuse: refuseBindingEscalation,
};

const clusterRoleBindingKind: RbacKind<Binding> = {
  name: 'clusterrolebindings',
  kind: 'ClusterRoleBinding',
  strategy: clusterRoleBindingStrategy,
  columns: bindingColumns,
  schema: clusterRoleBindingSchema,
  refuse: refuseBindingEscalation,
};

/** rbac.authorization.k8s.io/v1: roles and clusterroles, rolebindings and clusterrolebindings. */
export function rbacResources(deps: ResourceDeps): Resource[] {
  return [
    rbacResource(deps, roleKind),
    rbacResource(deps, clusterRoleKind),
    rbacResource(deps, roleBindingKind),
    rbacResource(deps, clusterRoleBindingKind),
  ] as Resource[];
}

function rbacResource<T extends KubeObject>(deps: ResourceDeps, kind: RbacKind<T>): Resource<T> {
  return {
    group: rbacGroup,
    version: 'v1',
    name: kind.name,
    singular: kind.name.slice(0, -1),
    kind: kind.kind,
    namespaced: kind.strategy.namespaced,
    shortNames: [],
    categories: [],
    rest: restOf(deps, kind),
    subresources: [],
    columns: kind.columns,
    schema: kind.schema,
  };
}

function restOf<T extends KubeObject>(
  deps: ResourceDeps,
  { name, kind, strategy, refuse }: RbacKind<T>,
): GenericRest<T> {
  const resource = { group: rbacGroup, resource: name };
  return createGenericRest<T>({
    ...storedIn(
      { ...deps, objects: seenObjects(deps.objects, deps.policy) },
      { group: rbacGroup, version: 'v1', resource: name, kind, strategy },
    ),
    load: async (context, next, current) => {
      await refuse(deps, { context, resource, next, current });
      return undefined;
    },
  });
}
