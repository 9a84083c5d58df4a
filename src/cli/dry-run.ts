import type { Command } from 'commander';
import { CliError } from './errors.ts';
import type { Session } from './session.ts';

export interface DryRunFlags {
  /** True without a value. */
  readonly dryRun?: string | boolean;
}

/** `client` sends nothing that changes anything, `server` has it checked and not stored. */
export type DryRun = 'none' | 'client' | 'server';

/** Gives a command `--dry-run`. */
export function withDryRun(command: Command): Command {
  return command.option(
    '--dry-run [mode]',
    'none, client (send nothing) or server (let the server check without storing)',
  );
}

/**
 * What `--dry-run` asks for; without a value it means `client`, as it always did.
 * @throws {CliError} for other values, in kubectl's words
 */
export function dryRunOf({ dryRun = 'none' }: DryRunFlags, session: Session): DryRun {
  if (dryRun === 'none' || dryRun === 'client' || dryRun === 'server') return dryRun;
  if (dryRun === false || dryRun === 'false') return 'none';
  if (dryRun !== true && dryRun !== 'true')
    throw new CliError(`Invalid dry-run value (${dryRun}). Must be "none", "server", or "client".`);
  session.err('Warning: --dry-run is deprecated and can be replaced with --dry-run=client.\n');
  return 'client';
}

/** What a line about success ends with. */
export function dryRunSuffix(dryRun: DryRun): string {
  if (dryRun === 'none') return '';
  return dryRun === 'client' ? ' (dry run)' : ' (server dry run)';
}

/** Parameters of a request, `dryRun=All` among them where the server is to check only. */
export function requestQuery(dryRun: DryRun, parameters: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(parameters);
  if (dryRun === 'server') query.set('dryRun', 'All');
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
