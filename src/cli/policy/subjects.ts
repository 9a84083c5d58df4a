import { rbacGroup, type Subject } from '#src/meta/rbac/types.ts';

/** Whom a command is about. */
export interface Targets {
  readonly users: readonly string[];
  readonly groups: readonly string[];
  /** Service accounts of the namespace. */
  readonly accounts: readonly string[];
}

/** Targets as subjects of a binding; the user name of a service account means the account. */
export function subjectsOf(
  { users, groups, accounts }: Targets,
  namespace: string,
): readonly Subject[] {
  return [
    ...users.map(userSubject),
    ...groups.map((name): Subject => ({ kind: 'Group', apiGroup: rbacGroup, name })),
    ...accounts.map((name) => accountSubject(name, namespace)),
  ];
}

function userSubject(name: string): Subject {
  const [, namespace, account] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name) ?? [];
  if (namespace !== undefined && account !== undefined) return accountSubject(account, namespace);
  return { kind: 'User', apiGroup: rbacGroup, name };
}

function accountSubject(name: string, namespace: string): Subject {
  return { kind: 'ServiceAccount', name, namespace };
}

/** Whether two subjects are the same one, however their group is written. */
export function isSameSubject(a: Subject, b: Subject): boolean {
  return a.kind === b.kind && a.name === b.name && (a.namespace ?? '') === (b.namespace ?? '');
}

/** Targets as oc prints them: `"alice"`, or `["alice" "bob"]` for several. */
export function targetsText({ users, groups, accounts }: Targets): string {
  const names = [...accounts, ...users, ...groups].map((name) => JSON.stringify(name));
  return names.length === 1 ? (names[0] ?? '') : `[${names.join(' ')}]`;
}
