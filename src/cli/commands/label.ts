import { defineKeyValueCommand } from '../key-values.ts';
import type { CliCommand } from '../session.ts';

export const verb: CliCommand = {
  define(command, session) {
    defineKeyValueCommand(command, session, 'labels');
  },
};
