import { CliError, usageError } from '../errors.ts';
import { repeated, repeatedList } from '../flags.ts';
import type { GetFlags } from '../get-options.ts';
import { printObjects } from '../get/objects.ts';
import { selectionsOf } from '../get/selections.ts';
import { printTables } from '../get/tables.ts';
import type { CliCommand, Session } from '../session.ts';
import { watchSelection } from '../watch.ts';

export const verb: CliCommand = {
  define(command, session) {
    command
      .usage('TYPE[,TYPE] [NAME ...] | TYPE/NAME ... | -f FILE | --raw PATH')
      .argument('[args...]')
      .option(
        '-o, --output <format>',
        'json, yaml, wide, name, jsonpath=TEMPLATE or custom-columns=HEADER:PATH,...',
      )
      .option('-A, --all-namespaces', 'objects of all namespaces')
      .option('-l, --selector <selector>', 'objects with these labels')
      .option('--field-selector <selector>', 'objects with these fields')
      .option(
        '-f, --filename <path>',
        'the objects that a file names, - for standard input',
        repeated,
      )
      .option('--sort-by <path>', 'in the order of a field, for example .metadata.name')
      .option('-w, --watch', 'show the objects, then their changes')
      .option('--watch-only', 'show changes only')
      .option('-L, --label-columns <keys>', 'a column for each of these labels', repeatedList)
      .option('--show-labels', 'add the labels as the last column')
      .option('--show-managed-fields', 'with -o json or yaml: also who owns which field')
      .option('--no-headers', 'no header line')
      .option('--ignore-not-found', 'say nothing and succeed where an object is missing')
      .option('--raw <path>', 'print what the server answers at a path')
      .action((args: string[], flags: GetFlags) => run(session, args, flags));
  },
};

async function run(session: Session, args: readonly string[], flags: GetFlags): Promise<void> {
  if (flags.raw !== undefined) {
    checkRaw(flags.raw, args, flags);
    session.out(await session.api().text({ method: 'GET', path: flags.raw }));
    return;
  }
  const selections = await selectionsOf(session, args, flags);
  if (flags.watch === true || flags.watchOnly === true) {
    const [selection, ...others] = selections;
    if (selection === undefined || others.length > 0 || selection.names.length > 1)
      throw usageError('you may only watch a single resource or type of resource at a time');
    if (flags.sortBy !== undefined)
      session.err(
        'warning: --watch requested, --sort-by will be ignored for watch events received\n',
      );
    await watchSelection(session, selection, flags);
    return;
  }
  const isTable = flags.output === undefined || flags.output === 'wide';
  if (isTable) await printTables(session, selections, flags);
  else await printObjects(session, selections, flags);
}

/** In kubectl's words. */
function checkRaw(path: string, args: readonly string[], flags: GetFlags): void {
  if (args.length > 0 || flags.filename !== undefined)
    throw new CliError('arguments may not be passed when --raw is specified');
  if (flags.watch === true || flags.watchOnly === true || flags.selector !== undefined)
    throw new CliError(
      '--raw may not be specified with other flags that filter the server request or alter the output',
    );
  if (flags.output !== undefined) throw new CliError('--raw and --output are mutually exclusive');
  if (!path.startsWith('/'))
    throw new CliError(
      `--raw must be a valid URL path: parse ${JSON.stringify(path)}: invalid URI for request`,
    );
}
