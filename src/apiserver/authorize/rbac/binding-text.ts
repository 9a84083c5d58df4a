import type { RoleRef, Subject } from '#src/meta/rbac/types.ts';

/** A service account is the user of its name; nobody (empty) when the subject cannot be told. */
export function userNameOf(
  { kind, name = '', namespace }: Subject,
  bindingNamespace: string,
): string {
  if (kind === 'User') return name;
  const own = (namespace ?? '') === '' ? bindingNamespace : (namespace ?? '');
  if (kind !== 'ServiceAccount' || own === '' || name === '') return '';
  return `system:serviceaccount:${own}:${name}`;
}

/** A binding of a namespace or, when that is empty, of the cluster. */
interface Named {
  readonly name: string;
  readonly namespace: string;
  readonly roleRef: RoleRef;
}

/** `RoleBinding "x/ns" of Role "y" to User "bob"`, as Kubernetes says by what it allowed something. */
export function describeGrant({ namespace, name, roleRef }: Named, subject: Subject): string {
  const [kind, place] =
    namespace === '' ? ['ClusterRoleBinding', name] : ['RoleBinding', `${name}/${namespace}`];
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
