import { quotedList } from './quoted.ts';
import type { PolicyRule } from './types.ts';

/**
 * The part of `wanted` that `held` does not give, in single permissions: one verb on one resource of one group, by one
 * name if names are given. Nothing when everything is held. After Kubernetes' escalation check.
 */
export function missingRules(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  return wanted.flatMap(singleRules).filter((single) => !held.some((rule) => covers(rule, single)));
}

/** Rules in one line each, those on the same resource together, sorted: what the refusal of an escalation lists. */
export function describeRules(rules: readonly PolicyRule[]): readonly string[] {
  return [...new Set(compact(rules).map(describeRule))].toSorted();
}

function singleRules(rule: PolicyRule): PolicyRule[] {
  const { verbs = [], nonResourceURLs = [] } = rule;
  const urls = nonResourceURLs.flatMap((url) =>
    verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [url] })),
  );
  return [...(rule.apiGroups ?? []).flatMap((group) => rulesInGroup(rule, group)), ...urls];
}

function rulesInGroup(
  { verbs = [], resources = [], resourceNames = [] }: PolicyRule,
  group: string,
): PolicyRule[] {
  const names =
    resourceNames.length === 0 ? [{}] : resourceNames.map((name) => ({ resourceNames: [name] }));
  return resources.flatMap((resource) =>
    verbs.flatMap((verb) =>
      names.map((named) => ({
        verbs: [verb],
        apiGroups: [group],
        resources: [resource],
        ...named,
      })),
    ),
  );
}

function covers(held: PolicyRule, single: PolicyRule): boolean {
  return (
    hasAll(held.verbs, single.verbs) &&
    hasAll(held.apiGroups, single.apiGroups) &&
    (single.resources ?? []).every((resource) => coversResource(held.resources ?? [], resource)) &&
    (single.nonResourceURLs ?? []).every((url) => coversUrl(held.nonResourceURLs ?? [], url)) &&
    coversNames(held.resourceNames ?? [], single.resourceNames ?? [])
  );
}

function hasAll(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return held.includes('*') || wanted.every((each) => held.includes(each));
}

function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes('*') || held.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash !== -1 && held.includes(`*${resource.slice(slash)}`);
}

function coversUrl(held: readonly string[], url: string): boolean {
  return held.some(
    (each) => each === url || (each.endsWith('*') && url.startsWith(each.replace(/\*+$/, ''))),
  );
}

function coversNames(held: readonly string[], wanted: readonly string[]): boolean {
  if (held.length === 0) return true;
  return wanted.length > 0 && wanted.every((name) => held.includes(name));
}

/** Single permissions on the same resource become one rule with all their verbs. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const bySubject = Map.groupBy(rules, ({ verbs: _verbs, ...rest }) => JSON.stringify(rest));
  return [...bySubject.values()].map((same) => ({
    ...same[0],
    verbs: same.flatMap(({ verbs = [] }) => verbs),
  }));
}

function describeRule(rule: PolicyRule): string {
  const parts: readonly (readonly [string, readonly string[] | undefined])[] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  const shown = parts.flatMap(([name, values = []]) =>
    values.length === 0 ? [] : [`${name}:${quotedList(values)}`],
  );
  return `{${shown.join(', ')}}`;
}
