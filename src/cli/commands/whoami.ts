import { CliError } from '../errors.ts';
import type { CliCommand, Session } from '../session.ts';
import { requestUserName } from '../user-name.ts';

interface WhoamiFlags {
  readonly showServer?: boolean;
  readonly showToken?: boolean;
}

/** `whoami`: the name that the server knows the bearer of these credentials by. */
export const verb: CliCommand = {
  define(command, session) {
    command
      .option('--show-server', "print the server's address instead")
      .option('-t, --show-token', 'print the token instead')
      .action((flags: WhoamiFlags) => run(session, flags));
  },
};

async function run(session: Session, flags: WhoamiFlags): Promise<void> {
  const { connection } = session.api();
  if (flags.showServer === true) {
    session.out(`${connection.server}\n`);
    return;
  }
  if (flags.showToken === true) {
    if (connection.token === undefined)
      throw new CliError('no token is currently in use for this session');
    session.out(`${connection.token}\n`);
    return;
  }
  session.out(`${await requestUserName(session.api())}\n`);
}
