import type { Binding, PolicyRule, RoleRef, Subject } from '#src/meta/rbac/types.ts';

import type { UserInfo } from '../../resource.ts';
import type { Attributes } from '../authorizer.ts';
import { describeGrant, userNameOf } from './binding-text.ts';
import { ruleAllows } from './rule.ts';
import type { Grant, Holders, RuleSource } from './rule-source.ts';

/** Rules by role: `/NAME` of the cluster, `NAMESPACE/NAME` of a namespace. */
type Roles = Map<string, readonly PolicyRule[]>;

/** What a binding gives to one of its subjects. The rules are those that the role has when they are asked for. */
class Given implements Grant {
  readonly binding: BindingPlace;
  readonly subject: Subject;
  readonly #roles: Roles;
  readonly #role: string;

  constructor(roles: Roles, binding: BindingPlace, subject: Subject) {
    this.binding = binding;
    this.subject = subject;
    this.#roles = roles;
    this.#role = roleKey(binding.roleRef, binding.namespace);
  }

  get rules(): readonly PolicyRule[] | undefined {
    return this.#roles.get(this.#role);
  }

  get roleRef(): RoleRef {
    return this.binding.roleRef;
  }

  description(): string {
    return describeGrant(this.binding, this.subject);
  }
}

interface BindingPlace {
  /** Empty for a ClusterRoleBinding. */
  readonly namespace: string;
  readonly name: string;
  readonly roleRef: RoleRef;
}

/** The bindings of a namespace, or of the cluster, by whom they give something to. */
interface Scope {
  readonly bindings: Map<string, readonly Given[]>;
  readonly byUser: Map<string, Set<Given>>;
  readonly byGroup: Map<string, Set<Given>>;
}

/** The cluster itself, as a namespace of cluster roles and cluster role bindings. */
const cluster = '';

/**
 * Roles and bindings in memory, so that a question is answered by looking up the user and each group in two scopes,
 * however many bindings there are. Whoever feeds it says what was written last.
 */
export class PolicyIndex implements RuleSource {
  readonly #roles: Roles = new Map();
  readonly #scopes = new Map<string, Scope>();

  /** @param namespace empty for a ClusterRole */
  setRole(namespace: string, name: string, rules: readonly PolicyRule[]): void {
    this.#roles.set(`${namespace}/${name}`, rules);
  }

  removeRole(namespace: string, name: string): void {
    this.#roles.delete(`${namespace}/${name}`);
  }

  /** @param namespace empty for a ClusterRoleBinding */
  setBinding(namespace: string, name: string, { roleRef = {}, subjects = [] }: Binding): void {
    this.removeBinding(namespace, name);
    const scope = this.#scope(namespace);
    const place = { namespace, name, roleRef };
    const given = subjects.map((subject) => new Given(this.#roles, place, subject));
    scope.bindings.set(name, given);
    for (const each of given) add(scope, each);
  }

  removeBinding(namespace: string, name: string): void {
    const scope = this.#scopes.get(namespace);
    if (scope === undefined) return;
    for (const each of scope.bindings.get(name) ?? []) remove(scope, each);
    scope.bindings.delete(name);
    if (scope.bindings.size === 0) this.#scopes.delete(namespace);
  }

  grants(user: UserInfo, namespace: string): readonly Grant[] {
    const grants: Grant[] = [];
    collect(this.#scopes.get(cluster), user, grants);
    if (namespace !== cluster) collect(this.#scopes.get(namespace), user, grants);
    return grants;
  }

  roleRules(ref: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    return this.#roles.get(roleKey(ref, namespace));
  }

  holders(attributes: Attributes): Holders {
    const users = new Set<string>();
    const groups = new Set<string>();
    for (const namespace of new Set([cluster, attributes.namespace]))
      for (const given of this.#scopes.get(namespace)?.bindings.values() ?? [])
        for (const { rules = [], subject } of given) {
          if (!rules.some((rule) => ruleAllows(rule, attributes))) continue;
          if (subject.kind === 'Group') groups.add(subject.name ?? '');
          else users.add(userNameOf(subject, namespace));
        }
    users.delete('');
    return { users: [...users].toSorted(), groups: [...groups].toSorted() };
  }

  #scope(namespace: string): Scope {
    let scope = this.#scopes.get(namespace);
    if (scope === undefined) {
      scope = { bindings: new Map(), byUser: new Map(), byGroup: new Map() };
      this.#scopes.set(namespace, scope);
    }
    return scope;
  }
}

function collect(scope: Scope | undefined, { username, groups }: UserInfo, into: Grant[]): void {
  if (scope === undefined) return;
  for (const given of scope.byUser.get(username) ?? []) into.push(given);
  for (const group of groups) for (const given of scope.byGroup.get(group) ?? []) into.push(given);
}

function add(scope: Scope, given: Given): void {
  const { places, name } = placeOf(scope, given);
  if (name === '') return;
  const place = places.get(name);
  if (place === undefined) places.set(name, new Set([given]));
  else place.add(given);
}

function remove(scope: Scope, given: Given): void {
  const { places, name } = placeOf(scope, given);
  const place = places.get(name);
  place?.delete(given);
  if (place?.size === 0) places.delete(name);
}

/** Where a grant is looked up, and by which name; empty when it is nobody's. */
function placeOf(
  { byUser, byGroup }: Scope,
  { subject, binding }: Given,
): { readonly places: Map<string, Set<Given>>; readonly name: string } {
  return subject.kind === 'Group'
    ? { places: byGroup, name: subject.name ?? '' }
    : { places: byUser, name: userNameOf(subject, binding.namespace) };
}

/** No role has the empty key. */
function roleKey({ kind, name = '' }: RoleRef, namespace: string): string {
  if (kind === 'ClusterRole') return `/${name}`;
  return namespace === cluster ? '' : `${namespace}/${name}`;
}
