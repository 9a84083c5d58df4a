import { withNamespace } from '../kubeconfig-file.ts';
import { projectsPath } from '../projects.ts';
import type { CliCommand, Session } from '../session.ts';

/** `project [NAME]`: tells or changes the namespace of the kubeconfig's current context. */
export const verb: CliCommand = {
  define(command, session) {
    command.argument('[name]').action((name: string | undefined) => run(session, name));
  },
};

async function run(session: Session, name: string | undefined): Promise<void> {
  const { server } = session.api().connection;
  const current = session.namespace();
  if (name === undefined) {
    session.out(`Using project "${current}" on server "${server}".\n`);
    return;
  }
  await session
    .api()
    .request({ method: 'GET', path: `${projectsPath}/${encodeURIComponent(name)}` });
  if (name === current) {
    session.out(`Already on project "${name}" on server "${server}".\n`);
    return;
  }
  await session.changeKubeconfig((text) => withNamespace(text, name, session.flags().context));
  session.out(`Now using project "${name}" on server "${server}".\n`);
}
