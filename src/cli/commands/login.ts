import { StatusError } from '#src/meta/status.ts';
import { createApiClient, type ApiClient } from '../client.ts';
import { CliError, usageError } from '../errors.ts';
import { withLogin } from '../kubeconfig-file.ts';
import type { Connection } from '../kubeconfig.ts';
import { requestToken } from '../login/oauth.ts';
import { trustedConnection } from '../login/trust.ts';
import { projectsText } from '../projects.ts';
import { requestUserName } from '../user-name.ts';
import type { CliCommand, Session } from '../session.ts';

interface LoginFlags {
  readonly username?: string;
  readonly password?: string;
}

/** `login [SERVER]` with `-u USER` or `--token TOKEN`: keeps server and token in the kubeconfig, as `oc login`. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .argument('[server]', 'https://HOST:PORT; else that of the kubeconfig')
      .option('-u, --username <name>', 'name of the user; asked for when there is no token either')
      .option(
        '-p, --password <password>',
        'password; better typed when asked for, or sent on standard input',
      )
      .action((server: string | undefined, flags: LoginFlags) => {
        if (server !== undefined) command.parent?.setOptionValue('server', withScheme(server));
        return run(session, flags);
      });
  },
};

async function run(session: Session, flags: LoginFlags): Promise<void> {
  const { token, server } = session.flags();
  const { username, password } = flags;
  if (token !== undefined && (username !== undefined || password !== undefined))
    throw usageError('--token and --username or --password cannot be used together');
  const known = session.api().connection.token;
  const connection = await trustedConnection(session);
  if (token !== undefined) return keep(session, connection, token, 'given');
  // The token of the kubeconfig is for its own server, whatever other one is named here.
  if (username === undefined && server === undefined && known !== undefined)
    if (await isGood(session, connection, known))
      return keep(session, connection, known, 'existing');
  await keep(session, connection, await passwordToken(session, connection, flags), 'new');
}

async function passwordToken(
  session: Session,
  connection: Connection,
  flags: LoginFlags,
): Promise<string> {
  const username = flags.username ?? (await session.ask('Username: ')) ?? '';
  if (username === '')
    throw usageError('a user or a token is needed: sluice login https://HOST:PORT -u USER');
  const password =
    flags.password ?? (await session.ask(`Password for ${username}: `, { isSecret: true })) ?? '';
  if (password === '') throw usageError('a password is needed');
  const api = clientOf(session, connection);
  try {
    return await requestToken(api, username, password);
  } finally {
    api.close();
  }
}

/** Where a token comes from, as oc says it. */
const origins = {
  given: ' using the token provided',
  existing: ' using existing credentials',
} as const;

async function keep(
  session: Session,
  connection: Connection,
  token: string,
  origin: 'given' | 'existing' | 'new',
): Promise<void> {
  const api = clientOf(session, { ...connection, token });
  try {
    const user = await userNameOf(api);
    if (user === undefined)
      throw new CliError(
        `The token provided is invalid or expired; whoever runs ${connection.server} can give you another one`,
      );
    await session.changeKubeconfig((text) => withLogin(text, { connection, user, token }));
    session.out(
      origin === 'new'
        ? 'Login successful.\n\n'
        : `Logged into "${connection.server}" as "${user}"${origins[origin]}.\n\n`,
    );
    session.out(await projectsText({ ...session, api: () => api }));
  } finally {
    api.close();
  }
}

async function isGood(session: Session, connection: Connection, token: string): Promise<boolean> {
  const api = clientOf(session, { ...connection, token });
  try {
    return (await userNameOf(api)) !== undefined;
  } finally {
    api.close();
  }
}

function clientOf(session: Session, connection: Connection): ApiClient {
  return createApiClient(connection, (warning) => session.err(`Warning: ${warning}\n`));
}

/** `undefined` when the server does not know the token. */
async function userNameOf(api: ApiClient): Promise<string | undefined> {
  return requestUserName(api).catch((error: unknown) => {
    if (error instanceof StatusError && error.status.code === 401) return undefined;
    throw error;
  });
}

function withScheme(server: string): string {
  return /^https?:\/\//.test(server) ? server : `https://${server}`;
}
