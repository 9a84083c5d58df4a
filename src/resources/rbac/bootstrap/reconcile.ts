import type { Clock } from '#src/lib/clock.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { equalJson } from '#src/meta/json.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { staleRoles } from '#src/meta/rbac/aggregate.ts';
import { missingRules } from '#src/meta/rbac/covers.ts';
import {
  autoUpdateAnnotation,
  type Binding,
  type ClusterRole,
  rbacApiVersion,
  type Role,
} from '#src/meta/rbac/types.ts';
import type { Objects } from '#src/store/objects.ts';
import { type Key, StoreError } from '#src/store/store.ts';

import { ensureNamespace } from '../../namespaces/phase.ts';
import { policyResources } from '../policy.ts';
import { clusterRoleBindings, sharedNamespace, sharedRole, sharedRoleBinding } from './bindings.ts';
import { imageRoles } from './image-roles.ts';
import { kubernetesRoles } from './kubernetes-roles.ts';
import { openshiftRoles } from './openshift-roles.ts';

const bootstrapLabel = 'kubernetes.io/bootstrapping';
/** Servers that start at the same time get into each other's way only once or twice. */
const maxAttempts = 10;

const clusterRoles: readonly ClusterRole[] = [
  ...kubernetesRoles,
  ...imageRoles,
  ...openshiftRoles,
].map(withAggregated);

/**
 * Makes the default roles and bindings, and adds to those that exist what is missing in them, as Kubernetes does at each
 * start; what an administrator added stays. One whose annotation `rbac.authorization.kubernetes.io/autoupdate` is
 * `false` is left alone.
 */
export async function reconcileDefaultPolicy(objects: Objects, clock: Clock): Promise<void> {
  await ensureNamespace(objects, clock, sharedNamespace);
  const now = rfc3339(clock.now());
  const known = await existing(objects);
  const ensure = { objects, now, known };
  await Promise.all([
    ...clusterRoles.map((role) =>
      reconcile(ensure, keyOf(policyResources.clusterRoles, role), filled('ClusterRole', role), {
        merged: withMissingRules,
      }),
    ),
    ...clusterRoleBindings.map((binding) =>
      reconcile(
        ensure,
        keyOf(policyResources.clusterRoleBindings, binding),
        filled('ClusterRoleBinding', binding),
        { merged: withMissingSubjects },
      ),
    ),
    reconcile(ensure, keyOf(policyResources.roles, sharedRole), filled('Role', sharedRole), {
      merged: withMissingRules,
    }),
    reconcile(
      ensure,
      keyOf(policyResources.roleBindings, sharedRoleBinding),
      filled('RoleBinding', sharedRoleBinding),
      { merged: withMissingSubjects },
    ),
  ]);
}

interface Ensure {
  readonly objects: Objects;
  readonly now: string;
  /** What there is, by resource, namespace and name. */
  readonly known: ReadonlyMap<string, KubeObject>;
}

async function existing(objects: Objects): Promise<ReadonlyMap<string, KubeObject>> {
  const known = new Map<string, KubeObject>();
  for (const resource of [policyResources.clusterRoles, policyResources.clusterRoleBindings]) {
    const { items } = await objects.list({ resource });
    for (const item of items) known.set(idOf(keyOf(resource, item)), item);
  }
  return known;
}

async function reconcile<T extends KubeObject>(
  { objects, now, known }: Ensure,
  key: Key,
  wanted: T,
  { merged }: { readonly merged: (current: T, wanted: T) => T },
): Promise<void> {
  let current = known.get(idOf(key)) as T | undefined;
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    try {
      if (current === undefined) {
        const metadata = { uid: crypto.randomUUID(), creationTimestamp: now };
        await objects.create(key, { ...wanted, metadata: { ...wanted.metadata, ...metadata } });
        return;
      }
      if (current.metadata.annotations?.[autoUpdateAnnotation] === 'false') return;
      const next = withMissingMetadata(merged(current, wanted), wanted);
      if (!equalJson(next, current)) await objects.update(key, next);
      return;
    } catch (error) {
      // Another server that starts at the same time was faster.
      if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
      current = await objects.get<T>(key);
    }
  }
}

/** The rules of an aggregated role are the controller's to keep. */
function withMissingRules<T extends ClusterRole>(current: T, wanted: T): T {
  if (wanted.aggregationRule !== undefined)
    return { ...current, aggregationRule: current.aggregationRule ?? wanted.aggregationRule };
  const missing = missingRules(current.rules ?? [], wanted.rules ?? []);
  return missing.length === 0
    ? current
    : { ...current, rules: [...(current.rules ?? []), ...missing] };
}

/** A role reference cannot change: a binding of another role under the name is somebody's own. */
function withMissingSubjects(current: Binding, wanted: Binding): Binding {
  if (!equalJson(current.roleRef, wanted.roleRef)) return current;
  const subjects = current.subjects ?? [];
  const missing = (wanted.subjects ?? []).filter(
    (subject) => !subjects.some((each) => equalJson(each, subject)),
  );
  return missing.length === 0 ? current : { ...current, subjects: [...subjects, ...missing] };
}

function withMissingMetadata<T extends KubeObject>(current: T, wanted: T): T {
  const { labels, annotations } = current.metadata;
  return {
    ...current,
    metadata: {
      ...current.metadata,
      labels: { ...wanted.metadata.labels, ...labels },
      annotations: { ...wanted.metadata.annotations, ...annotations },
    },
  };
}

function filled<T extends Role | Binding>(kind: string, object: T): T {
  return {
    ...object,
    kind,
    apiVersion: rbacApiVersion,
    metadata: {
      ...object.metadata,
      annotations: { [autoUpdateAnnotation]: 'true' },
      labels: { ...object.metadata.labels, [bootstrapLabel]: 'rbac-defaults' },
    },
  };
}

/** The rules of aggregated roles as they are at first, so that nobody waits for the controller. */
function withAggregated(
  role: ClusterRole,
  _index: number,
  roles: readonly ClusterRole[],
): ClusterRole {
  const stale = staleRoles(roles).find((each) => each.role === role);
  return stale === undefined ? role : { ...role, rules: stale.rules };
}

function keyOf(resource: string, { metadata: { namespace = '', name = '' } }: KubeObject): Key {
  return { resource, namespace, name };
}

function idOf({ resource, namespace, name }: Key): string {
  return `${resource}/${namespace}/${name}`;
}
