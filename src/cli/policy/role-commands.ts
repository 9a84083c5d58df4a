import type { Command } from 'commander';

import { rbacGroup } from '#src/meta/rbac/types.ts';

import { dryRunOf, type DryRunFlags } from '../dry-run.ts';
import { CliError, usageError } from '../errors.ts';
import { repeated } from '../flags.ts';
import type { Session } from '../session.ts';
import { addRole, removeRole, roleText, type RoleChange } from './role-bindings.ts';
import { targetsText, type Targets } from './subjects.ts';
import { warnOfMissing } from './warn-missing.ts';

interface RoleFlags extends DryRunFlags {
  readonly rolebindingName?: string;
  readonly roleNamespace?: string;
  readonly serviceaccount?: readonly string[];
}

/** One of the commands. */
interface RoleCommand {
  readonly action: 'add' | 'remove';
  readonly whom: 'user' | 'group';
  readonly isCluster: boolean;
}

/** `add-role-to-user` and its like, as of `oc policy`. */
export function defineRoleCommands(policy: Command, session: Session): void {
  for (const whom of ['user', 'group'] as const)
    for (const action of ['add', 'remove'] as const)
      define(policy, session, { action, whom, isCluster: false });
}

/** `add-cluster-role-to-user` and its like, as of `oc adm policy`. */
export function defineClusterRoleCommands(policy: Command, session: Session): void {
  for (const whom of ['user', 'group'] as const)
    for (const action of ['add', 'remove'] as const)
      define(policy, session, { action, whom, isCluster: true });
}

function define(policy: Command, session: Session, command: RoleCommand): void {
  const { action, whom, isCluster } = command;
  const role = isCluster ? 'cluster-role' : 'role';
  const place = isCluster ? 'the cluster' : 'the namespace';
  const [verb, preposition] = action === 'add' ? ['Give', 'to'] : ['Take', 'from'];
  const child = policy
    .command(`${action}-${role}-${preposition}-${whom}`)
    .description(`${verb} a role ${preposition} ${whom}s, for ${place}`)
    .argument('[role]')
    .argument(`[${whom}s...]`)
    .option('--rolebinding-name <name>', 'the binding to change or make')
    .option('--dry-run [mode]', 'let the server check without storing (server)');
  if (!isCluster) child.option('--role-namespace <name>', 'the role is one of this namespace');
  if (whom === 'user')
    child.option(
      '-z, --serviceaccount <name>',
      'a service account of the namespace instead of a user',
      repeated,
    );
  child.action((name: string | undefined, targets: string[], flags: RoleFlags) =>
    run(
      session,
      command,
      { ...changeOf(command, name, targets, flags), dryRun: isDryRun(flags, session) },
      flags.roleNamespace,
    ),
  );
}

async function run(
  session: Session,
  { action }: RoleCommand,
  change: RoleChange,
  roleNamespace: string | undefined,
): Promise<void> {
  if (action === 'add') {
    await warnOfMissing(session, change, roleNamespace);
    await addRole(session, change);
  } else await removeRole(session, change);
  const done = action === 'add' ? 'added' : 'removed';
  const suffix = change.dryRun ? ' (server dry run)' : '';
  session.out(`${roleText(change)} ${done}: ${targetsText(change.targets)}${suffix}\n`);
}

function changeOf(
  { whom, isCluster }: RoleCommand,
  role: string | undefined,
  names: readonly string[],
  flags: RoleFlags,
): Omit<RoleChange, 'dryRun'> {
  const { serviceaccount: accounts = [], roleNamespace, rolebindingName: bindingName } = flags;
  const targets: Targets = {
    users: whom === 'user' ? names : [],
    groups: whom === 'group' ? names : [],
    accounts,
  };
  requireTargets(whom, role, names.length + accounts.length);
  const kind = roleNamespace === undefined ? 'ClusterRole' : 'Role';
  return {
    roleRef: { apiGroup: rbacGroup, kind, name: role ?? '' },
    isCluster,
    targets,
    bindingName,
  };
}

/** Without a value it is the server's, as who has a role already is not known here. */
function isDryRun({ dryRun }: RoleFlags, session: Session): boolean {
  const mode = dryRunOf({ dryRun: dryRun === true ? 'server' : (dryRun ?? 'none') }, session);
  if (mode === 'client') throw new CliError('--dry-run=client is not possible, use server');
  return mode === 'server';
}

function requireTargets(whom: 'user' | 'group', role: string | undefined, count: number): void {
  if (whom === 'group' && (role === undefined || count === 0))
    throw usageError('you must specify at least two arguments: <role> <group> [group]...');
  if (role === undefined) throw usageError('you must specify a role');
  if (count === 0) throw usageError('you must specify at least one user or service account');
}
