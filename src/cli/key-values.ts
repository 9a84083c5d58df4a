import type { Command } from 'commander';
import type { KubeObject } from '#src/meta/object.ts';
import { dryRunOf, dryRunSuffix, requestQuery, withDryRun, type DryRunFlags } from './dry-run.ts';
import { CliError, usageError } from './errors.ts';
import { listObjects } from './list-objects.ts';
import {
  parseSelections,
  qualifiedSingular,
  resourcePath,
  type ResourceType,
} from './resources.ts';
import type { Session } from './session.ts';

/** `k=v` sets, `k-` removes; what a command line asks for. */
interface KeyValueChange {
  readonly set: Readonly<Record<string, string>>;
  readonly remove: readonly string[];
}

interface KeyValueFlags extends DryRunFlags {
  readonly overwrite?: boolean;
  readonly all?: boolean;
  readonly selector?: string;
}

/** Adds the options of `label` and `annotate`, which differ in the field that they change and in their words. */
export function defineKeyValueCommand(
  command: Command,
  session: Session,
  field: 'labels' | 'annotations',
): void {
  withDryRun(command)
    .usage('TYPE NAME KEY=VALUE ... KEY- ... | TYPE/NAME ...')
    .argument('[args...]')
    .option('--overwrite', 'change keys that have a value')
    .option('--all', 'all objects of the type')
    .option('-l, --selector <selector>', 'the objects with these labels')
    .action((args: string[], flags: KeyValueFlags) => run(session, { args, flags, field }));
}

/** Splits arguments into what names objects and what changes keys. */
function splitChanges(args: readonly string[]): {
  readonly names: string[];
  readonly change: KeyValueChange;
} {
  const set: Record<string, string> = {};
  const remove: string[] = [];
  const names: string[] = [];
  for (const arg of args) {
    const equals = arg.indexOf('=');
    if (equals > 0) set[arg.slice(0, equals)] = arg.slice(equals + 1);
    else if (arg.length > 1 && arg.endsWith('-')) remove.push(arg.slice(0, -1));
    else names.push(arg);
  }
  const both = remove.find((key) => key in set);
  if (both !== undefined)
    throw new CliError(`can not both modify and remove the key "${both}" in the same command`);
  return { names, change: { set, remove } };
}

/** Under which names the fields are owned: kubectl's, so that both change the same ones. */
const managers = { labels: 'kubectl-label', annotations: 'kubectl-annotate' };

interface Invocation {
  readonly args: readonly string[];
  readonly flags: KeyValueFlags;
  readonly field: 'labels' | 'annotations';
}

async function run(session: Session, { args, flags, field }: Invocation): Promise<void> {
  const { names, change } = splitChanges(args);
  if (Object.keys(change.set).length === 0 && change.remove.length === 0)
    throw usageError(
      `at least one ${field === 'labels' ? 'label' : 'annotation'} update is required`,
    );
  const dryRun = dryRunOf(flags, session);
  for (const selection of await parseSelections(session.api(), names)) {
    for (const object of await objects(session, selection.type, selection.names, flags)) {
      const current = object.metadata[field] ?? {};
      if (flags.overwrite !== true) checkNothingLost(current, change);
      const values = {
        ...change.set,
        ...Object.fromEntries(change.remove.map((key) => [key, null])),
      };
      const name = object.metadata.name ?? '';
      const query = requestQuery(dryRun, { fieldManager: managers[field] });
      if (dryRun !== 'client')
        await session.api().request({
          method: 'PATCH',
          path: `${resourcePath(selection.type, session.namespace(), name)}${query}`,
          contentType: 'application/merge-patch+json',
          body: { metadata: { [field]: values } },
        });
      const subject = `${qualifiedSingular(selection.type)}/${name}`;
      const done = field === 'labels' ? labelVerb(change) : 'annotated';
      session.out(`${subject} ${done}${dryRunSuffix(dryRun)}\n`);
    }
  }
}

function labelVerb(change: KeyValueChange): string {
  return Object.keys(change.set).length === 0 ? 'unlabeled' : 'labeled';
}

function checkNothingLost(current: Readonly<Record<string, string>>, change: KeyValueChange): void {
  for (const [key, value] of Object.entries(change.set)) {
    const old = current[key];
    if (old !== undefined && old !== value)
      throw new CliError(`'${key}' already has a value (${old}), and --overwrite is false`);
  }
}

async function objects(
  session: Session,
  type: ResourceType,
  names: readonly string[],
  flags: KeyValueFlags,
): Promise<KubeObject[]> {
  const api = session.api();
  if (names.length > 0)
    return Promise.all(
      names.map((name) =>
        api.request({ method: 'GET', path: resourcePath(type, session.namespace(), name) }),
      ),
    );
  if (flags.all !== true && flags.selector === undefined)
    throw usageError(
      'one or more resources must be specified as <resource> <name> or <resource>/<name>',
    );
  return listObjects(api, resourcePath(type, session.namespace()), { labels: flags.selector });
}
