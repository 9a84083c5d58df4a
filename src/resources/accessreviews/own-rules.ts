import { mastersGroup } from '#src/apiserver/authorize/built-in.ts';
import {
  rulesFor,
  type RuleSource,
  type UserRules,
} from '#src/apiserver/authorize/rbac/rule-source.ts';
import type { UserInfo } from '#src/apiserver/resource.ts';
import type { PolicyRule } from '#src/meta/rbac/types.ts';

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/** The rules of a user in a namespace, with those of the group that may do everything without a role. */
export function ownRules(policy: RuleSource, user: UserInfo, namespace: string): UserRules {
  const own = rulesFor(policy, user, namespace);
  if (!user.groups.includes(mastersGroup)) return own;
  return { ...own, rules: [...everything, ...own.rules] };
}
