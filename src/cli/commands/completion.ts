import { completionScripts } from '../completion/scripts.ts';
import { usageError } from '../errors.ts';
import type { CliCommand } from '../session.ts';

/** `completion SHELL`: a script for the shell, to be sourced. */
export const verb: CliCommand = {
  define(command, session) {
    command.argument('<shell>', 'bash, zsh or fish').action((shell: string) => {
      const script = completionScripts[shell];
      if (script === undefined)
        throw usageError(`"${shell}" is not one of the shells bash, zsh and fish`);
      session.out(script);
    });
  },
};
