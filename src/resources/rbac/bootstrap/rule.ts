import type { ClusterRole, PolicyRule } from '#src/meta/rbac/types.ts';

/** Verbs that only read. */
export const readVerbs: readonly string[] = ['get', 'list', 'watch'];
/** Verbs that change something. */
export const writeVerbs: readonly string[] = [
  'create',
  'delete',
  'deletecollection',
  'patch',
  'update',
];
export const allVerbs: readonly string[] = [...readVerbs, ...writeVerbs];

/** A rule about resources of one group. */
export function allow(
  verbs: readonly string[],
  group: string,
  resources: readonly string[],
  names: readonly string[] = [],
): PolicyRule {
  return {
    verbs: [...verbs],
    apiGroups: [group],
    resources: [...resources],
    ...(names.length === 0 ? {} : { resourceNames: [...names] }),
  };
}

/** A rule about paths that are no resources. */
export function allowPaths(verbs: readonly string[], urls: readonly string[]): PolicyRule {
  return { verbs: [...verbs], nonResourceURLs: [...urls] };
}

const aggregationLabel = 'rbac.authorization.k8s.io/aggregate-to-';

/** A role of fixed rules; they become part of the roles `partOf` too. */
export function fixedRole(
  name: string,
  rules: readonly PolicyRule[],
  partOf: readonly string[] = [],
): ClusterRole {
  return {
    metadata: { name, labels: Object.fromEntries(partOf.map((role) => labelOf(role))) },
    rules: [...rules],
  };
}

/** A role that is made of others; `partOf` as for a fixed role. */
export function aggregatedRole(
  name: string,
  madeOf: readonly string[],
  partOf: readonly string[] = [],
): ClusterRole {
  return {
    ...fixedRole(name, [], partOf),
    aggregationRule: {
      clusterRoleSelectors: madeOf.map((role) => ({
        matchLabels: Object.fromEntries([labelOf(role)]),
      })),
    },
  };
}

function labelOf(role: string): [string, string] {
  return [`${aggregationLabel}${role}`, 'true'];
}
