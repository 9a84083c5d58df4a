import type { KubeObject } from '../object.ts';

/** The API group of roles and bindings. */
export const rbacGroup = 'rbac.authorization.k8s.io';
export const rbacApiVersion = `${rbacGroup}/v1`;

/** On a role or binding that the server brings up to date at each start, unless it is `false`. */
export const autoUpdateAnnotation = 'rbac.authorization.kubernetes.io/autoupdate';

/** rbac/v1 PolicyRule: verbs on resources, or on paths that are none; `*` means all. */
export interface PolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  /** `imagestreams`, `imagestreams/layers`, `*`, or a star, a slash and the subresource of every resource. */
  resources?: string[];
  /** None means all. */
  resourceNames?: string[];
  /** Paths; a `*` at the end stands for any rest. */
  nonResourceURLs?: string[];
}

/** rbac/v1 Role. */
export interface Role extends KubeObject {
  rules?: PolicyRule[] | null;
}

/** meta/v1 LabelSelector, as it stands in objects. */
export interface LabelSelectorObject {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key?: string; operator?: string; values?: string[] }[];
}

/** rbac/v1 ClusterRole; with an aggregationRule its rules are those of the roles that are selected. */
export interface ClusterRole extends Role {
  aggregationRule?: { clusterRoleSelectors?: LabelSelectorObject[] };
}

/** rbac/v1 Subject. */
export interface Subject {
  kind?: string;
  apiGroup?: string;
  name?: string;
  /** Of a service account. */
  namespace?: string;
}

/** rbac/v1 RoleRef. */
export interface RoleRef {
  apiGroup?: string;
  kind?: string;
  name?: string;
}

/** rbac/v1 RoleBinding and ClusterRoleBinding. */
export interface Binding extends KubeObject {
  subjects?: Subject[];
  roleRef?: RoleRef;
}
