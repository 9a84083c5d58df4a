import { StatusError } from '#src/meta/status.ts';
import { CliError } from '../errors.ts';
import { withoutToken } from '../kubeconfig-file.ts';
import { accessTokenName } from '../login/oauth.ts';
import type { CliCommand, Session } from '../session.ts';
import { requestUserName } from '../user-name.ts';

/** `logout`: withdraws the token of this session, and takes it out of the kubeconfig. */
export const verb: CliCommand = {
  define(command, session) {
    command.action(() => run(session));
  },
};

async function run(session: Session): Promise<void> {
  const api = session.api();
  const { token, server } = api.connection;
  if (token === undefined) throw new CliError('no token is currently in use for this session');
  const user = await requestUserName(api);
  const name = accessTokenName(token);
  if (name !== undefined)
    await api
      .request({
        method: 'DELETE',
        path: `/apis/oauth.openshift.io/v1/oauthaccesstokens/${encodeURIComponent(name)}`,
      })
      .catch((error: unknown) => {
        if (!(error instanceof StatusError && error.status.code === 404)) throw error;
      });
  await session.changeKubeconfig((text) => withoutToken(text, token));
  session.out(`Logged "${user}" out on "${server}"\n`);
}
