import type { Attributes, Authorizer, Decision } from '../authorizer.ts';
import { ruleAllows } from './rule.ts';
import { missingRole, type RuleSource } from './rule-source.ts';

/** Allows what some role that the user is given allows, as Kubernetes' RBAC: there are no rules that forbid. */
export function rbacAuthorizer(source: RuleSource): Authorizer {
  return { authorize: (attributes) => Promise.resolve(decide(source, attributes)) };
}

function decide(source: RuleSource, attributes: Attributes): Decision {
  const errors = new Set<string>();
  for (const { rules, roleRef, description } of source.grants(
    attributes.user,
    attributes.namespace,
  )) {
    if (rules === undefined) errors.add(missingRole(roleRef));
    else if (rules.some((rule) => ruleAllows(rule, attributes)))
      return { decision: 'allow', reason: `RBAC: allowed by ${description()}` };
  }
  return { decision: 'none', reason: errors.size === 0 ? '' : `RBAC: ${aggregate([...errors])}` };
}

/** Several errors as Go prints them together. */
export function aggregate(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`;
}
