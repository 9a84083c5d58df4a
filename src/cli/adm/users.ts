import type { Command } from 'commander';
import type { KubeObject } from '#src/meta/object.ts';
import { usageError } from '../errors.ts';
import type { Session } from '../session.ts';
import { addToGroup, groupsOf, removeFromGroup } from './groups.ts';
import { newPassword } from './passwords.ts';

interface CreateFlags {
  readonly fullName?: string;
  readonly groups?: string;
  readonly passwordStdin?: boolean;
}

const users = '/apis/user.openshift.io/v1/users';

/** `adm create-user`, `reset-password` and `delete-user`: those who log in with a password. */
export function defineUsers(adm: Command, session: Session): void {
  adm
    .command('create-user')
    .description('Create a user who logs in with a password')
    .argument('<name>')
    .option('--full-name <name>', 'name for people')
    .option('--groups <names>', 'groups to add the user to, divided by commas')
    .option('--password-stdin', 'read the password from standard input')
    .action((name: string, flags: CreateFlags) => create(session, name, flags));
  adm
    .command('reset-password')
    .description('Give a user another password; tokens of earlier logins go on')
    .argument('<name>')
    .option('--password-stdin', 'read the password from standard input')
    .option('--revoke-tokens', 'withdraw the tokens of earlier logins')
    .action((name: string, flags: { passwordStdin?: boolean; revokeTokens?: boolean }) =>
      reset(session, name, flags),
    );
  adm
    .command('delete-user')
    .description('Delete a user, whose tokens end at once')
    .argument('<name>')
    .action((name: string) => remove(session, name));
}

async function create(session: Session, name: string, flags: CreateFlags): Promise<void> {
  const groups = (flags.groups ?? '').split(',').filter((group) => group !== '');
  const password = await newPassword(session, flags.passwordStdin === true);
  const { fullName } = flags;
  await session.api().request({
    method: 'POST',
    path: users,
    body: { metadata: { name }, ...(fullName === undefined ? {} : { fullName }) },
  });
  try {
    await setPassword(session, name, password);
  } catch (error) {
    // Half a user is worse than none: the next attempt would find the name taken.
    await session.api().request({ method: 'DELETE', path: pathOf(name) });
    throw error;
  }
  session.out(`user.user.openshift.io/${name} created\n`);
  for (const group of groups) await addToGroup(session, group, [name]);
}

async function reset(
  session: Session,
  name: string,
  flags: { readonly passwordStdin?: boolean; readonly revokeTokens?: boolean },
): Promise<void> {
  if (name === '~') throw usageError('name the user');
  await setPassword(session, name, await newPassword(session, flags.passwordStdin === true));
  session.out(`user.user.openshift.io/${name} password changed\n`);
  if (flags.revokeTokens !== true) return;
  const selector = encodeURIComponent(`userName=${name.replaceAll(/[\\,=]/g, String.raw`\$&`)}`);
  const { items } = await session.api().request<{ readonly items: readonly KubeObject[] }>({
    method: 'DELETE',
    path: `/apis/oauth.openshift.io/v1/oauthaccesstokens?fieldSelector=${selector}`,
  });
  session.out(`${items.length} tokens withdrawn\n`);
}

async function remove(session: Session, name: string): Promise<void> {
  await session.api().request({ method: 'DELETE', path: pathOf(name) });
  session.out(`user.user.openshift.io "${name}" deleted\n`);
  for (const group of await groupsOf(session, name)) await removeFromGroup(session, group, [name]);
}

async function setPassword(session: Session, name: string, password: string): Promise<void> {
  await session
    .api()
    .request({ method: 'POST', path: `${pathOf(name)}/password`, body: { password } });
}

function pathOf(name: string): string {
  return `${users}/${encodeURIComponent(name)}`;
}
