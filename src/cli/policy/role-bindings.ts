import { type Binding, rbacApiVersion, rbacGroup, type RoleRef } from '#src/meta/rbac/types.ts';
import { StatusError } from '#src/meta/status.ts';

import { CliError } from '../errors.ts';
import { listObjects } from '../list-objects.ts';
import type { Session } from '../session.ts';
import { isSameSubject, subjectsOf, type Targets } from './subjects.ts';

/** Which role is given or taken, where, and whose. */
export interface RoleChange {
  readonly roleRef: RoleRef;
  /** In the cluster instead of the namespace. */
  readonly isCluster: boolean;
  readonly targets: Targets;
  /** The one binding to change or make. */
  readonly bindingName?: string | undefined;
  /** The server checks and stores nothing. */
  readonly dryRun: boolean;
}

/** Gives a role: into the binding that is named, else into a new one, unless the targets have the role already. */
export async function addRole(session: Session, change: RoleChange): Promise<void> {
  const { bindingName, targets } = change;
  const subjects = subjectsOf(targets, session.namespace());
  const bindings = await listObjects<Binding>(session.api(), collectionOf(session, change));
  const named = bindings.find(({ metadata }) => metadata.name === bindingName);
  if (named !== undefined) {
    requireRole(named, change);
    const missing = subjects.filter((subject) => !has(named, subject));
    if (missing.length > 0)
      await replace(session, change, {
        ...named,
        subjects: [...(named.subjects ?? []), ...missing],
      });
    return;
  }
  const given = bindingName === undefined ? bindings.filter((each) => isOfRole(each, change)) : [];
  const missing = subjects.filter((subject) => !given.some((binding) => has(binding, subject)));
  if (missing.length === 0) return;
  const binding: Binding = {
    kind: kindOf(change),
    apiVersion: rbacApiVersion,
    metadata: { name: bindingName ?? freeName(change, bindings) },
    roleRef: change.roleRef,
    subjects: [...missing],
  };
  await session.api().request({
    method: 'POST',
    path: `${collectionOf(session, change)}${query(change)}`,
    body: binding,
  });
}

/**
 * Takes a role away: out of every binding of it, or of the one that is named. A binding that nobody is left in is deleted.
 * @throws {CliError} when none of them has it
 */
export async function removeRole(session: Session, change: RoleChange): Promise<void> {
  const { bindingName, targets } = change;
  const subjects = subjectsOf(targets, session.namespace());
  const bindings = await listObjects<Binding>(session.api(), collectionOf(session, change));
  const chosen = bindings.filter(({ metadata }) =>
    bindingName === undefined ? true : metadata.name === bindingName,
  );
  if (bindingName !== undefined) for (const each of chosen) requireRole(each, change);
  const affected = chosen.filter(
    (each) => isOfRole(each, change) && subjects.some((subject) => has(each, subject)),
  );
  if (affected.length === 0)
    throw new CliError(
      `unable to find target [${[...targets.accounts, ...targets.users, ...targets.groups].join(' ')}]`,
    );
  for (const binding of affected) {
    const left = (binding.subjects ?? []).filter(
      (each) => !subjects.some((subject) => isSameSubject(each, subject)),
    );
    if (left.length > 0) await replace(session, change, { ...binding, subjects: left });
    else await remove(session, change, binding);
  }
}

async function replace(session: Session, change: RoleChange, binding: Binding): Promise<void> {
  await session.api().request({
    method: 'PUT',
    path: `${pathOf(session, change, binding)}${query(change)}`,
    body: { ...binding, kind: kindOf(change), apiVersion: rbacApiVersion },
  });
}

async function remove(session: Session, change: RoleChange, binding: Binding): Promise<void> {
  const { uid } = binding.metadata;
  try {
    await session.api().request({
      method: 'DELETE',
      path: `${pathOf(session, change, binding)}${query(change)}`,
      body: {
        kind: 'DeleteOptions',
        apiVersion: 'v1',
        ...(uid === undefined ? {} : { preconditions: { uid } }),
      },
    });
  } catch (error) {
    if (!(error instanceof StatusError && error.status.reason === 'NotFound')) throw error;
  }
}

function collectionOf(session: Session, { isCluster }: RoleChange): string {
  const root = `/apis/${rbacApiVersion}`;
  return isCluster
    ? `${root}/clusterrolebindings`
    : `${root}/namespaces/${encodeURIComponent(session.namespace())}/rolebindings`;
}

function pathOf(session: Session, change: RoleChange, { metadata }: Binding): string {
  return `${collectionOf(session, change)}/${encodeURIComponent(metadata.name ?? '')}`;
}

function query({ dryRun }: RoleChange): string {
  return dryRun ? '?dryRun=All' : '';
}

function kindOf({ isCluster }: RoleChange): string {
  return isCluster ? 'ClusterRoleBinding' : 'RoleBinding';
}

function has(binding: Binding, subject: NonNullable<Binding['subjects']>[number]): boolean {
  return (binding.subjects ?? []).some((each) => isSameSubject(each, subject));
}

function isOfRole({ roleRef }: Binding, { roleRef: wanted }: RoleChange): boolean {
  return roleRef?.kind === wanted.kind && roleRef?.name === wanted.name;
}

function requireRole(binding: Binding, change: RoleChange): void {
  if (isOfRole(binding, change)) return;
  throw new CliError(
    `rolebinding ${binding.metadata.name ?? ''} found for role ${binding.roleRef?.name ?? ''}, not ${change.roleRef.name ?? ''}`,
  );
}

/** The role's name, with a number behind it while it is taken. */
function freeName({ roleRef }: RoleChange, bindings: readonly Binding[]): string {
  const taken = new Set(bindings.map(({ metadata }) => metadata.name));
  const name = roleRef.name ?? '';
  if (!taken.has(name)) return name;
  let number = 0;
  while (taken.has(`${name}-${number}`)) number += 1;
  return `${name}-${number}`;
}

/** `clusterrole.rbac.authorization.k8s.io/view` */
export function roleText({ roleRef }: RoleChange): string {
  return `${(roleRef.kind ?? '').toLowerCase()}.${rbacGroup}/${roleRef.name ?? ''}`;
}
