import type { Command } from 'commander';
import { StatusError } from '#src/meta/status.ts';
import type { KubeList, KubeObject } from '#src/meta/object.ts';
import type { Session } from '../session.ts';

interface Group extends KubeObject {
  users?: string[] | null;
}

const groups = '/apis/user.openshift.io/v1/groups';
/** Of a change that others are always faster with. */
const maxAttempts = 5;

/** `adm groups new|add-users|remove-users`, as oc. */
export function defineGroups(parent: Command, session: Session): void {
  parent
    .command('new')
    .description('Create a group')
    .argument('<group>')
    .argument('[users...]')
    .action((group: string, users: string[]) => create(session, group, users));
  parent
    .command('add-users')
    .description('Add users to a group')
    .argument('<group>')
    .argument('<users...>')
    .action((group: string, users: string[]) => change(session, group, users, 'added'));
  parent
    .command('remove-users')
    .description('Remove users from a group')
    .argument('<group>')
    .argument('<users...>')
    .action((group: string, users: string[]) => change(session, group, users, 'removed'));
}

/** Adds users to a group, which is made when there is none. */
export async function addToGroup(
  session: Session,
  group: string,
  users: readonly string[],
): Promise<void> {
  try {
    await change(session, group, users, 'added');
  } catch (error) {
    if (!(error instanceof StatusError && error.status.code === 404)) throw error;
    await create(session, group, users);
  }
}

export async function removeFromGroup(
  session: Session,
  group: string,
  users: readonly string[],
): Promise<void> {
  await change(session, group, users, 'removed');
}

/** Names of the groups that a user is in. */
export async function groupsOf(session: Session, user: string): Promise<string[]> {
  const { items } = await session.api().request<KubeList<Group>>({ method: 'GET', path: groups });
  return items
    .filter((group) => group.users?.includes(user) === true)
    .map(({ metadata }) => metadata.name ?? '');
}

async function create(session: Session, name: string, users: readonly string[]): Promise<void> {
  await session
    .api()
    .request({ method: 'POST', path: groups, body: { metadata: { name }, users } });
  session.out(`group.user.openshift.io/${name} created\n`);
}

async function change(
  session: Session,
  name: string,
  users: readonly string[],
  how: 'added' | 'removed',
): Promise<void> {
  const path = `${groups}/${encodeURIComponent(name)}`;
  for (let attempt = 1; ; attempt += 1) {
    const group = await session.api().request<Group>({ method: 'GET', path });
    const others = (group.users ?? []).filter((user) => !users.includes(user));
    const next = how === 'added' ? [...others, ...users] : others;
    try {
      await session.api().request({ method: 'PUT', path, body: { ...group, users: next } });
      break;
    } catch (error) {
      const isOvertaken = error instanceof StatusError && error.status.code === 409;
      if (!isOvertaken || attempt === maxAttempts) throw error;
    }
  }
  const names = users.map((user) => JSON.stringify(user)).join(' ');
  session.out(`group.user.openshift.io/${name} ${how}: [${names}]\n`);
}
