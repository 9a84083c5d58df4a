import type { PolicyRule, RoleRef } from '#src/meta/rbac/types.ts';

import type { UserInfo } from '../../resource.ts';
import type { Attributes } from '../authorizer.ts';

/** What one binding gives to somebody. */
export interface Grant {
  /** `undefined` when there is no such role. */
  readonly rules: readonly PolicyRule[] | undefined;
  readonly roleRef: RoleRef;
  /** `RoleBinding "x/ns" of Role "y" to User "bob"`. */
  description(): string;
}

/** Who is given something, in the words of a binding. */
export interface Holders {
  readonly users: readonly string[];
  readonly groups: readonly string[];
}

/** Where the rules come from that the authorizer goes by. */
export interface RuleSource {
  /** What a user is given in the whole cluster and, unless it is empty, in a namespace. */
  grants(user: UserInfo, namespace: string): Iterable<Grant>;
  /** The rules of a role, as seen from a namespace; `undefined` when there is none. */
  roleRules(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined;
  /** Everybody who is allowed something, whoever asks (`attributes.user` does not count). */
  holders(attributes: Attributes): Holders;
}

/** All rules of a user, and what was wrong with the bindings. */
export interface UserRules {
  readonly rules: readonly PolicyRule[];
  readonly errors: readonly string[];
}

/** Every rule that a user is given in a namespace or, when that is empty, in the cluster. */
export function rulesFor(source: RuleSource, user: UserInfo, namespace: string): UserRules {
  const rules: PolicyRule[] = [];
  const errors = new Set<string>();
  for (const grant of source.grants(user, namespace)) {
    if (grant.rules === undefined) errors.add(missingRole(grant.roleRef));
    else rules.push(...grant.rules);
  }
  return { rules, errors: [...errors] };
}

/** The words of a binding whose role does not exist. */
export function missingRole({ kind = '', name = '' }: RoleRef): string {
  return `${kind.toLowerCase()}.rbac.authorization.k8s.io ${JSON.stringify(name)} not found`;
}
