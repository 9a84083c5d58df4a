import { usageError } from '../errors.ts';
import type { Session } from '../session.ts';

/**
 * A new password: from standard input with `--password-stdin`, else typed twice. Never from the command line, which
 * other users of the machine can read.
 * @throws {CliError} when there is none, or the two are not the same
 */
export async function newPassword(session: Session, isFromInput: boolean): Promise<string> {
  const question = isFromInput ? '' : 'New password: ';
  const password = await session.ask(question, { isSecret: true });
  if (password === undefined || password === '')
    throw usageError('a password is needed: type it, or send it with --password-stdin');
  if (isFromInput) return password;
  const again = await session.ask('Again: ', { isSecret: true });
  if (again !== password) throw usageError('the two passwords are not the same');
  return password;
}
