import { quotedList } from './quoted.ts';
import type { PolicyRule } from './types.ts';

/**
 * Single permissions that rules are taken apart into; those of the largest default role come to some 3,000. A body of 10 KiB
 * can name a thousand million.
 */
const maxSingles = 20_000;

/**
 * The part of `wanted` that `held` does not give, in single permissions: one verb on one resource of one group, by one
 * name if names are given. Nothing when everything is held. After Kubernetes' escalation check; but rules that come to too
 * many single permissions, and that no rule gives as they stand, are missing as a whole.
 */
export function missingRules(
  held: readonly PolicyRule[],
  wanted: readonly PolicyRule[],
): readonly PolicyRule[] {
  const isHeld = (rule: PolicyRule): boolean => held.some((each) => covers(each, rule));
  let left = maxSingles;
  return wanted.flatMap((rule) => {
    if (isHeld(rule)) return [];
    left -= countOf(rule);
    return left < 0 ? [rule] : singleRules(rule).filter((single) => !isHeld(single));
  });
}

function countOf(rule: PolicyRule): number {
  const {
    verbs = [],
    apiGroups = [],
    resources = [],
    resourceNames = [],
    nonResourceURLs = [],
  } = rule;
  const names = Math.max(1, resourceNames.length);
  return verbs.length * (apiGroups.length * resources.length * names + nonResourceURLs.length);
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
    (single.nonResourceURLs ?? []).every((url) =>
      (held.nonResourceURLs ?? []).some((own) => urlMatches(own, url)),
    ) &&
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

/** Whether a URL of a rule, which may end with `*`, means a path or the URL of another rule. */
export function urlMatches(own: string, url: string): boolean {
  if (own === url) return true;
  if (!own.endsWith('*')) return false;
  let end = own.length;
  while (own[end - 1] === '*') end -= 1;
  return url.startsWith(own.slice(0, end));
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
