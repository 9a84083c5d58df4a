import { defineProcessCommand } from '../run-entry.ts';
import type { CliCommand } from '../session.ts';

export const verb: CliCommand = {
  define(command) {
    defineProcessCommand(command, 'worker.ts');
  },
};
