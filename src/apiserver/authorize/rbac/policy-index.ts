import type { Binding, PolicyRule, RoleRef, Subject } from '#src/meta/rbac/types.ts';

import type { UserInfo } from '../../resource.ts';
import type { Attributes } from '../authorizer.ts';
import { ruleAllows } from './rule.ts';
import type { Grant, Holders, RuleSource } from './rule-source.ts';

/** A binding as far as it matters here. */
interface Bound {
  readonly name: string;
  readonly namespace: string;
  readonly roleRef: RoleRef;
  readonly subjects: readonly Subject[];
}

/** The bindings of a namespace, or of the cluster, by whom they give something to. */
interface Scope {
  readonly bindings: Map<string, Bound>;
  readonly byUser: Map<string, Map<Bound, Subject>>;
  readonly byGroup: Map<string, Map<Bound, Subject>>;
}

/** The cluster itself, as a namespace of cluster roles and cluster role bindings. */
const cluster = '';

/**
 * Roles and bindings in memory, so that a question is answered by looking up the user and each group in two scopes,
 * however many bindings there are. Whoever feeds it says what was written last.
 */
export class PolicyIndex implements RuleSource {
  readonly #roles = new Map<string, readonly PolicyRule[]>();
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
    const bound = { namespace, name, roleRef, subjects };
    scope.bindings.set(name, bound);
    for (const subject of subjects) placeOf(scope, bound, subject)?.set(bound, subject);
  }

  removeBinding(namespace: string, name: string): void {
    const scope = this.#scopes.get(namespace);
    const bound = scope?.bindings.get(name);
    if (scope === undefined || bound === undefined) return;
    scope.bindings.delete(name);
    for (const subject of bound.subjects) forget(scope, bound, subject);
    if (scope.bindings.size === 0) this.#scopes.delete(namespace);
  }

  *grants(user: UserInfo, namespace: string): Generator<Grant> {
    yield* this.#grantsIn(cluster, user);
    if (namespace !== cluster) yield* this.#grantsIn(namespace, user);
  }

  roleRules({ kind, name = '' }: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    if (kind === 'ClusterRole') return this.#roles.get(`/${name}`);
    return namespace === cluster ? undefined : this.#roles.get(`${namespace}/${name}`);
  }

  holders(attributes: Attributes): Holders {
    const users = new Set<string>();
    const groups = new Set<string>();
    for (const namespace of new Set([cluster, attributes.namespace]))
      for (const bound of this.#scopes.get(namespace)?.bindings.values() ?? []) {
        const rules = this.roleRules(bound.roleRef, namespace) ?? [];
        if (!rules.some((rule) => ruleAllows(rule, attributes))) continue;
        for (const subject of bound.subjects)
          if (subject.kind === 'Group') groups.add(subject.name ?? '');
          else users.add(userNameOf(subject, namespace));
      }
    users.delete('');
    return { users: [...users].toSorted(), groups: [...groups].toSorted() };
  }

  *#grantsIn(namespace: string, { username, groups }: UserInfo): Generator<Grant> {
    const scope = this.#scopes.get(namespace);
    if (scope === undefined) return;
    yield* this.#grantsOf(scope.byUser.get(username));
    for (const group of groups) yield* this.#grantsOf(scope.byGroup.get(group));
  }

  *#grantsOf(given: ReadonlyMap<Bound, Subject> | undefined): Generator<Grant> {
    for (const [bound, subject] of given ?? []) {
      const { roleRef, namespace } = bound;
      yield {
        rules: this.roleRules(roleRef, namespace),
        roleRef,
        description: () => describe(bound, subject),
      };
    }
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

function placeOf(
  scope: Scope,
  { namespace }: Bound,
  subject: Subject,
): Map<Bound, Subject> | undefined {
  const name = subject.kind === 'Group' ? (subject.name ?? '') : userNameOf(subject, namespace);
  if (name === '') return undefined;
  const places = subject.kind === 'Group' ? scope.byGroup : scope.byUser;
  let place = places.get(name);
  if (place === undefined) places.set(name, (place = new Map()));
  return place;
}

function forget(scope: Scope, bound: Bound, subject: Subject): void {
  const name =
    subject.kind === 'Group' ? (subject.name ?? '') : userNameOf(subject, bound.namespace);
  const places = subject.kind === 'Group' ? scope.byGroup : scope.byUser;
  const place = places.get(name);
  place?.delete(bound);
  if (place?.size === 0) places.delete(name);
}

/** A service account is the user of its name; nobody when the subject cannot be told. */
function userNameOf({ kind, name = '', namespace }: Subject, bindingNamespace: string): string {
  if (kind === 'User') return name;
  const own = (namespace ?? '') === '' ? bindingNamespace : (namespace ?? '');
  if (kind !== 'ServiceAccount' || own === '' || name === '') return '';
  return `system:serviceaccount:${own}:${name}`;
}

function describe({ namespace, name, roleRef }: Bound, subject: Subject): string {
  const [kind, place] =
    namespace === cluster ? ['ClusterRoleBinding', name] : ['RoleBinding', `${name}/${namespace}`];
  const role = `${roleRef.kind ?? ''} ${JSON.stringify(roleRef.name ?? '')}`;
  return `${kind} ${JSON.stringify(place)} of ${role} to ${describeSubject(subject, namespace)}`;
}

function describeSubject(
  { kind = '', name = '', namespace }: Subject,
  bindingNamespace: string,
): string {
  const own = (namespace ?? '') === '' ? bindingNamespace : (namespace ?? '');
  const shown = kind === 'ServiceAccount' ? `${name}/${own}` : name;
  return `${kind} ${JSON.stringify(shown)}`;
}
