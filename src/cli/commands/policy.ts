import { defineCanI } from '../policy/can-i.ts';
import { defineRoleCommands } from '../policy/role-commands.ts';
import { defineWhoCan } from '../policy/who-can.ts';
import type { CliCommand } from '../session.ts';

/** `policy …`: who may do what in a project, as `oc policy`. */
export const verb: CliCommand = {
  define(command, session) {
    defineRoleCommands(command, session);
    defineWhoCan(command, session);
    defineCanI(command.command('can-i').description('Tell whether you may do something'), session);
  },
};
