import type { Command } from 'commander';
import { parseDuration } from '../duration.ts';
import { CliError, usageError } from '../errors.ts';
import type { Session } from '../session.ts';
import { pruneImages, type PruneSettings } from './run.ts';

interface PruneFlags {
  readonly confirm?: boolean;
  /** False with `--all=false`. */
  readonly all: boolean;
  readonly keepYoungerThan?: string;
  readonly keepTagRevisions?: string;
  readonly pruneOverSizeLimit?: boolean;
  readonly numWorkers?: string;
  readonly pruneRegistry?: boolean;
}

const defaultAge = '60m';
const defaultRevisions = 3;
const defaultWorkers = 5;

/** `adm prune images`, as `oc adm prune images` without a registry: entries of histories and images that nothing needs. */
export function definePruneImages(prune: Command, session: Session): void {
  prune
    .command('images')
    .description('Remove old entries of tag histories, and images that no history refers to')
    .argument('[args...]')
    .option('--confirm', 'remove; without it only what would be removed is shown')
    .option('--no-all', 'leave imported images (also --all=false)')
    .option('--keep-younger-than <duration>', `leave what is younger (default: ${defaultAge})`)
    .option('--keep-tag-revisions <n>', `entries to leave a tag (default: ${defaultRevisions})`)
    .option('--prune-over-size-limit', 'instead remove what is larger than its namespace allows')
    .option('--num-workers <n>', `requests at a time (default: ${defaultWorkers})`)
    .option('--prune-registry', 'not possible: registries keep their blobs')
    .option('--no-prune-registry', 'always so')
    .action((args: string[], flags: PruneFlags) => {
      if (args.length > 0) throw usageError('no arguments are allowed to this command');
      if (flags.pruneRegistry === true)
        throw new CliError(
          '--prune-registry is not possible: a registry removes the blobs of its own images',
        );
      return pruneImages(session, settingsOf(session, flags));
    });
}

function settingsOf(session: Session, flags: PruneFlags): PruneSettings {
  const { keepYoungerThan, keepTagRevisions, pruneOverSizeLimit } = flags;
  const isBySize = pruneOverSizeLimit === true;
  if (isBySize && (keepYoungerThan !== undefined || keepTagRevisions !== undefined))
    throw new CliError(
      '--prune-over-size-limit cannot be specified with --keep-tag-revisions nor --keep-younger-than',
    );
  if (keepYoungerThan?.startsWith('-') === true)
    throw new CliError('--keep-younger-than must be greater than or equal to 0');
  const youngest = isBySize ? '0s' : (keepYoungerThan ?? defaultAge);
  const { namespace } = session.flags();
  return {
    isConfirmed: flags.confirm === true,
    isManagedOnly: !flags.all,
    isBySize,
    keepYoungerThan: (youngest === '0' ? 0 : parseDuration(youngest)) / 1000,
    keepRevisions: count('--keep-tag-revisions', keepTagRevisions, defaultRevisions),
    workers: Math.max(1, count('--num-workers', flags.numWorkers, defaultWorkers)),
    ...(namespace === undefined ? {} : { namespace }),
  };
}

function count(flag: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (/^-\d+$/.test(text)) throw new CliError(`${flag} must be greater than or equal to 0`);
  if (!/^\d{1,9}$/.test(text)) throw usageError(`${flag} must be a number, not "${text}"`);
  return Number(text);
}
