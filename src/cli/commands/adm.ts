import type { CliCommand } from '../session.ts';
import { defineClusterRoleCommands, defineRoleCommands } from '../policy/role-commands.ts';
import { defineWhoCan } from '../policy/who-can.ts';
import { definePruneImages } from '../prune/command.ts';

/** `adm …`: what administrators do. One line a group of them. */
export const verb: CliCommand = {
  define(command, session) {
    const policy = command.command('policy').description('Give and take roles');
    defineRoleCommands(policy, session);
    defineClusterRoleCommands(policy, session);
    defineWhoCan(policy, session);
    definePruneImages(command.command('prune').description('Remove what is not needed'), session);
  },
};
