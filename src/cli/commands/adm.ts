import type { CliCommand } from '../session.ts';
import { defineClusterRoleCommands, defineRoleCommands } from '../policy/role-commands.ts';
import { defineWhoCan } from '../policy/who-can.ts';
import { defineGroups } from '../adm/groups.ts';
import { defineRotateKeys } from '../adm/rotate-keys.ts';
import { defineUsers } from '../adm/users.ts';
import { definePruneImages } from '../prune/command.ts';

/** `adm …`: what administrators do. One line a group of them. */
export const verb: CliCommand = {
  define(command, session) {
    const policy = command.command('policy').description('Give and take roles');
    defineRoleCommands(policy, session);
    defineClusterRoleCommands(policy, session);
    defineWhoCan(policy, session);
    defineUsers(command, session);
    defineGroups(command.command('groups').description('Manage groups of users'), session);
    defineRotateKeys(command, session);
    definePruneImages(command.command('prune').description('Remove what is not needed'), session);
  },
};
