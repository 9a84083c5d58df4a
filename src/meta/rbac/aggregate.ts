import { equalJson } from '../json.ts';
import { type LabelRequirement, type LabelSelector, matchesLabels } from '../label-selector.ts';
import type { ClusterRole, LabelSelectorObject, PolicyRule } from './types.ts';

/** A role whose rules are not what the roles that it selects say, with the rules it should have. */
export interface StaleRole {
  readonly role: ClusterRole;
  readonly rules: PolicyRule[];
}

/**
 * The aggregated roles that are out of date. A role may aggregate roles that aggregate others: all are computed from
 * what they will be, so that one pass is enough.
 */
export function staleRoles(roles: readonly ClusterRole[]): readonly StaleRole[] {
  const rules = new Map(roles.map((role) => [nameOf(role), role.rules ?? []]));
  const aggregated = roles.filter((role) => role.aggregationRule !== undefined);
  // Each round hands rules one role further, and no chain is longer than the roles that take part.
  for (let round = 0; round < aggregated.length; round += 1) {
    const changed = aggregated.filter((role) => {
      const next = rulesOf(role, roles, rules);
      if (equalJson(next, rules.get(nameOf(role)))) return false;
      rules.set(nameOf(role), next);
      return true;
    });
    if (changed.length === 0) break;
  }
  return aggregated
    .map((role) => ({ role, rules: [...(rules.get(nameOf(role)) ?? [])] }))
    .filter(({ role, rules: next }) => !equalJson(next, role.rules ?? []));
}

function rulesOf(
  role: ClusterRole,
  roles: readonly ClusterRole[],
  rules: ReadonlyMap<string, readonly PolicyRule[]>,
): PolicyRule[] {
  const selectors = (role.aggregationRule?.clusterRoleSelectors ?? []).flatMap((selector) => {
    const parsed = labelSelectorOf(selector);
    return parsed === undefined ? [] : [parsed];
  });
  const seen = new Set<string>();
  const result: PolicyRule[] = [];
  for (const selector of selectors)
    for (const other of roles) {
      if (nameOf(other) === nameOf(role)) continue;
      if (!matchesLabels(selector, other.metadata.labels)) continue;
      for (const rule of rules.get(nameOf(other)) ?? []) {
        const text = JSON.stringify(rule);
        if (!seen.has(text)) result.push(rule);
        seen.add(text);
      }
    }
  return result;
}

const operators: Readonly<Record<string, LabelRequirement['operator']>> = {
  In: 'in',
  NotIn: 'notin',
  Exists: 'exists',
  DoesNotExist: 'absent',
};

/** A selector of an object; `undefined` when an expression has no known operator, which selects nothing. */
export function labelSelectorOf(selector: LabelSelectorObject): LabelSelector | undefined {
  const requirements: LabelRequirement[] = Object.entries(selector.matchLabels ?? {}).map(
    ([key, value]) => ({ key, operator: '=', values: [value] }),
  );
  for (const { key = '', operator = '', values = [] } of selector.matchExpressions ?? []) {
    const known = Object.hasOwn(operators, operator) ? operators[operator] : undefined;
    if (known === undefined) return undefined;
    requirements.push({ key, operator: known, values });
  }
  return requirements;
}

function nameOf({ metadata }: ClusterRole): string {
  return metadata.name ?? '';
}
