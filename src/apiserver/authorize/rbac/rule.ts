import { urlMatches } from '#src/meta/rbac/covers.ts';
import type { PolicyRule } from '#src/meta/rbac/types.ts';

import type { Attributes } from '../authorizer.ts';

/** Whether one rule allows what is asked; whom it is given to is decided elsewhere. */
export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  const { verbs = [] } = rule;
  if (!hasOne(verbs, attributes.verb)) return false;
  if (!attributes.resourceRequest)
    return (rule.nonResourceURLs ?? []).some((url) => urlMatches(url, attributes.path));
  return (
    hasOne(rule.apiGroups ?? [], attributes.group) &&
    resourceMatches(rule.resources ?? [], attributes) &&
    nameMatches(rule.resourceNames ?? [], attributes.name)
  );
}

function hasOne(values: readonly string[], value: string): boolean {
  return values.includes('*') || values.includes(value);
}

/** `*` is every resource with every subresource, `*` before a slash the subresource of any resource. */
function resourceMatches(
  resources: readonly string[],
  { resource, subresource }: Attributes,
): boolean {
  if (resources.includes('*')) return true;
  if (subresource === '') return resources.includes(resource);
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

/** What has no name yet, or is about many objects, is allowed only by rules for all names. */
function nameMatches(names: readonly string[], name: string): boolean {
  return names.length === 0 || names.includes(name);
}
