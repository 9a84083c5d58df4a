import { withNamespace } from '../kubeconfig-file.ts';
import type { CliCommand, Session } from '../session.ts';

interface NewProjectFlags {
  readonly displayName?: string;
  readonly description?: string;
  readonly skipConfigWrite?: boolean;
}

/** `new-project NAME`: makes a project (namespace) and goes there. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .argument('<name>')
      .option('--display-name <text>', 'name for people')
      .option('--description <text>', 'what the project is for')
      .option('--skip-config-write', 'stay in the current project')
      .action((name: string, flags: NewProjectFlags) => run(session, name, flags));
  },
};

async function run(session: Session, name: string, flags: NewProjectFlags): Promise<void> {
  const { displayName, description } = flags;
  await session.api().request({
    method: 'POST',
    path: '/apis/project.openshift.io/v1/projectrequests',
    body: {
      kind: 'ProjectRequest',
      apiVersion: 'project.openshift.io/v1',
      metadata: { name },
      ...(displayName === undefined ? {} : { displayName }),
      ...(description === undefined ? {} : { description }),
    },
  });
  const { server } = session.api().connection;
  if (flags.skipConfigWrite === true) {
    session.out(
      `Project "${name}" created on server "${server}".\n\nTo switch to this project and start adding applications, use:\n\n    sluice project ${name}\n`,
    );
    return;
  }
  await session.changeKubeconfig((text) => withNamespace(text, name, session.flags().context));
  session.out(`Now using project "${name}" on server "${server}".\n`);
}
