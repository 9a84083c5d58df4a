import { CommanderError } from 'commander';
import { StatusError, type Status } from '#src/meta/status.ts';
import { CliError, ConnectionError, NegativeAnswer } from './errors.ts';

/** 0 for help that was asked for, 2 for a wrong command line, 1 for everything else. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof CliError) return error.exitCode;
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  return 1;
}

/** Prints a failure as oc does: `error: …` for the client's own, `Error from server (Reason): …` for the server's. */
export function printError(error: unknown, verb: string, write: (text: string) => void): void {
  if (error instanceof NegativeAnswer) return;
  if (error instanceof StatusError) {
    write(`${serverErrorText(error.status)}\n`);
    if (isStranger(error.status)) write(`${signInHint}\n`);
  } else if (error instanceof ConnectionError) {
    write(`${error.message}\n`);
    if (error.hint !== undefined) write(`${error.hint}\n`);
  } else {
    write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    if (error instanceof CliError && error.exitCode === 2 && verb !== '')
      write(`See 'sluice ${verb} -h' for help and examples\n`);
  }
}

/** Somebody whom the server does not know: what it refuses them it may give to those who sign in. */
function isStranger({ reason, message = '' }: Status): boolean {
  return (
    reason === 'Unauthorized' ||
    (reason === 'Forbidden' && message.includes('User "system:anonymous"'))
  );
}

const signInHint =
  'The token is missing, wrong or has expired: sign in with "sluice login", or name another kubeconfig with --kubeconfig.';

/** A Status of the server as kubectl words it. */
function serverErrorText(status: Status): string {
  const { reason, message = '', details } = status;
  if (reason === 'Unauthorized') return 'error: You must be logged in to the server (Unauthorized)';
  if (reason === 'Invalid' && details?.kind !== undefined) {
    const causes = (details.causes ?? []).map((cause) =>
      cause.field === undefined ? (cause.message ?? '') : `${cause.field}: ${cause.message ?? ''}`,
    );
    const subject = `The ${details.kind} "${details.name ?? ''}" is invalid`;
    if (causes.length === 0) return subject;
    return causes.length === 1
      ? `${subject}: ${causes[0] ?? ''}`
      : `${subject}: \n${causes.map((cause) => `* ${cause}`).join('\n')}`;
  }
  return `Error from server${reason === undefined ? '' : ` (${reason})`}: ${message}`;
}
