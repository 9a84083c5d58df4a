import type { Attributes, Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import {
  missingRole,
  rulesFor,
  type RuleSource,
} from '#src/apiserver/authorize/rbac/rule-source.ts';
import type { RequestContext, UserInfo } from '#src/apiserver/resource.ts';
import { equalJson } from '#src/meta/json.ts';
import type { GroupResource, KubeObject } from '#src/meta/object.ts';
import { describeRules, missingRules } from '#src/meta/rbac/covers.ts';
import { quotedList } from '#src/meta/rbac/quoted.ts';
import {
  type Binding,
  type ClusterRole,
  type PolicyRule,
  rbacGroup,
  type RoleRef,
} from '#src/meta/rbac/types.ts';
import { failure, forbidden, StatusError } from '#src/meta/status.ts';

import { defaultedBinding } from './binding-strategy.ts';

/** What the checks go by. */
export interface EscalationDeps {
  readonly policy: RuleSource;
  readonly authorizer: Authorizer;
}

/** What is written, and into what. */
export interface RbacWrite<T extends KubeObject> {
  readonly context: RequestContext;
  readonly resource: GroupResource;
  readonly next: T;
  /** Absent on create. */
  readonly current: T | undefined;
}

const everything: readonly PolicyRule[] = [
  { verbs: ['*'], apiGroups: ['*'], resources: ['*'] },
  { verbs: ['*'], nonResourceURLs: ['*'] },
];

/**
 * Nobody writes into a role what they may not do themselves, unless they may `escalate` it; and only who may do everything
 * makes a role of other roles.
 * @throws {StatusError} 403 with what is missing
 */
export async function refuseRoleEscalation(
  deps: EscalationDeps,
  write: RbacWrite<ClusterRole>,
): Promise<void> {
  const { context, resource, next, current } = write;
  if (current !== undefined && sameBut(next, current)) return;
  const name = next.metadata.name ?? '';
  if (await may(deps, context, { verb: 'escalate', ...resource, name })) return;
  requireHeld(deps.policy, write, next.rules ?? []);
  const aggregates = next.aggregationRule ?? current?.aggregationRule;
  if (aggregates === undefined) return;
  const held = rulesFor(deps.policy, context.user, context.namespace).rules;
  if (missingRules(held, everything).length > 0)
    throw new StatusError(
      forbidden(resource, name, 'must have cluster-admin privileges to use the aggregationRule'),
    );
}

/**
 * Nobody gives a role that allows what they may not do themselves, unless they may `bind` it.
 * @throws {StatusError} 403 with what is missing, 404 when there is no such role
 */
export async function refuseBindingEscalation(
  deps: EscalationDeps,
  write: RbacWrite<Binding>,
): Promise<void> {
  const { context, current } = write;
  if (current !== undefined && sameBut(write.next, current)) return;
  const { roleRef = {} } = defaultedBinding(write.next);
  const resource = resourceOf(roleRef, context.namespace);
  // A reference that means nothing is refused by the rules of the kind.
  if (resource === undefined) return;
  const { kind = '', name = '' } = roleRef;
  if (await may(deps, context, { verb: 'bind', group: rbacGroup, resource, name })) return;
  const rules = deps.policy.roleRules(roleRef, context.namespace);
  if (rules === undefined)
    throw new StatusError(
      failure(404, 'NotFound', missingRole(roleRef), {
        name,
        group: rbacGroup,
        kind: kind.toLowerCase(),
      }),
    );
  requireHeld(deps.policy, write, rules);
}

/** What a reference means, as seen from a namespace or, when that is empty, from the cluster. */
function resourceOf({ kind, name }: RoleRef, namespace: string): string | undefined {
  if ((name ?? '') === '') return undefined;
  if (kind === 'ClusterRole') return 'clusterroles';
  return kind === 'Role' && namespace !== '' ? 'roles' : undefined;
}

function requireHeld(
  policy: RuleSource,
  { context, resource, next }: RbacWrite<KubeObject>,
  wanted: readonly PolicyRule[],
): void {
  const { user, namespace } = context;
  const { rules, errors } = rulesFor(policy, user, namespace);
  const missing = missingRules(rules, wanted);
  if (missing.length === 0) return;
  throw new StatusError(
    forbidden(resource, next.metadata.name ?? '', `${attempt(user, missing)}${resolution(errors)}`),
  );
}

function attempt({ username, groups }: UserInfo, missing: readonly PolicyRule[]): string {
  const who = `user ${JSON.stringify(username)} (groups=${quotedList(groups)})`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${describeRules(missing).join('\n')}`;
}

function resolution(errors: readonly string[]): string {
  return errors.length === 0 ? '' : `; resolution errors: [${errors.join(', ')}]`;
}

async function may(
  { authorizer }: EscalationDeps,
  { user, namespace }: RequestContext,
  asked: Pick<Attributes, 'verb' | 'group' | 'resource' | 'name'>,
): Promise<boolean> {
  const { decision } = await authorizer.authorize({
    user,
    resourceRequest: true,
    subresource: '',
    namespace,
    path: '',
    ...asked,
  });
  return decision === 'allow';
}

/** Whether nothing is given that was not given before: only who cleans up after the object changes. */
function sameBut(next: KubeObject, current: KubeObject): boolean {
  return equalJson(withoutCleaning(next), withoutCleaning(current));
}

const cleaning: ReadonlySet<string> = new Set([
  'ownerReferences',
  'finalizers',
  'managedFields',
  'resourceVersion',
]);

function withoutCleaning({ metadata, ...rest }: KubeObject): object {
  const kept = Object.entries(metadata).filter(([field]) => !cleaning.has(field));
  return { ...rest, metadata: Object.fromEntries(kept) };
}
