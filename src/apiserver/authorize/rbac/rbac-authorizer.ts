import { type Attributes, type Authorizer, type Decision, noOpinion } from '../authorizer.ts';
import { ruleAllows } from './rule.ts';
import { missingRole, type RuleSource } from './rule-source.ts';

/** Allows what some role that the user is given allows, as Kubernetes' RBAC: there are no rules that forbid. */
export function rbacAuthorizer(source: RuleSource): Authorizer {
  return { authorize: (attributes) => Promise.resolve(decide(source, attributes)) };
}

function decide(source: RuleSource, attributes: Attributes): Decision {
  const missing: string[] = [];
  for (const grant of source.grants(attributes.user, attributes.namespace)) {
    const { rules } = grant;
    if (rules === undefined) missing.push(missingRole(grant.roleRef));
    else if (rules.some((rule) => ruleAllows(rule, attributes)))
      return { decision: 'allow', reason: `RBAC: allowed by ${grant.description()}` };
  }
  return missing.length === 0
    ? noOpinion
    : { decision: 'none', reason: `RBAC: ${aggregate([...new Set(missing)])}` };
}

/** Several errors as Go prints them together. */
function aggregate(errors: readonly string[]): string {
  return errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`;
}
