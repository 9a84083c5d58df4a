import { StatusError } from '#src/meta/status.ts';
import { CliError, usageError } from '../errors.ts';
import { withLogin } from '../kubeconfig-file.ts';
import { projectsText } from '../projects.ts';
import { requestUserName } from '../user-name.ts';
import type { CliCommand, Session } from '../session.ts';

/** `login [SERVER] --token=TOKEN`: keeps server and token in the kubeconfig. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .argument('[server]', 'https://HOST:PORT; else that of the kubeconfig')
      .action((server: string | undefined) => {
        if (server !== undefined) command.parent?.setOptionValue('server', withScheme(server));
        return run(session);
      });
  },
};

async function run(session: Session): Promise<void> {
  const { token } = session.flags();
  if (token === undefined)
    throw usageError('a token is needed: sluice login https://HOST:PORT --token=TOKEN');
  const { connection } = session.api();
  const user = await requestUserName(session.api()).catch((error: unknown) => {
    if (error instanceof StatusError && error.status.code === 401)
      throw new CliError(
        `The token provided is invalid or expired; whoever runs ${connection.server} can give you another one`,
      );
    throw error;
  });
  await session.changeKubeconfig((text) => withLogin(text, { connection, user, token }));
  session.out(`Logged into "${connection.server}" as "${user}" using the token provided.\n\n`);
  session.out(await projectsText(session));
}

function withScheme(server: string): string {
  return /^https?:\/\//.test(server) ? server : `https://${server}`;
}
