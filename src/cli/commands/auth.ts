import { defineCanI } from '../policy/can-i.ts';
import type { CliCommand } from '../session.ts';

/** `auth can-i`, as of kubectl. */
export const verb: CliCommand = {
  define(command, session) {
    defineCanI(command.command('can-i').description('Tell whether you may do something'), session);
  },
};
