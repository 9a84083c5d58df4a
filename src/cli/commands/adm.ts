import type { CliCommand } from '../session.ts';
import { definePruneImages } from '../prune/command.ts';

/** `adm …`: what administrators do. One line a group of them. */
export const verb: CliCommand = {
  define(command, session) {
    definePruneImages(command.command('prune').description('Remove what is not needed'), session);
  },
};
