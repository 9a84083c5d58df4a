import { projectsText } from '../projects.ts';
import type { CliCommand } from '../session.ts';

/** `projects`: the projects (namespaces) that one may use. */
export const verb: CliCommand = {
  define(command, session) {
    command.action(async () => {
      session.out(await projectsText(session));
    });
  },
};
