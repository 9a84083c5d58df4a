import { dryRunOf, requestQuery, withDryRun, type DryRunFlags } from '../dry-run.ts';
import { CliError, usageError } from '../errors.ts';
import { jsonText } from '../output/documents.ts';
import { checkFormat, preferredObject } from '../output/print.ts';
import { parseSelections, qualifiedSingular, resourcePath } from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';

interface PatchFlags extends DryRunFlags {
  readonly patch?: string;
  readonly patchFile?: string;
  readonly type: string;
  readonly output?: string;
}

const contentTypes: Readonly<Record<string, string>> = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
};

export const verb: CliCommand = {
  define(command, session) {
    withDryRun(command)
      .usage('TYPE NAME -p PATCH [--type json|merge|strategic]')
      .argument('[args...]')
      .option('-p, --patch <patch>', 'the patch, JSON or YAML')
      .option('--patch-file <path>', 'file with the patch')
      .option('--type <type>', 'json, merge or strategic', 'strategic')
      .option('-o, --output <format>', 'print the object: name, json or yaml')
      .action((args: string[], flags: PatchFlags) => run(session, args, flags));
  },
};

async function run(session: Session, args: readonly string[], flags: PatchFlags): Promise<void> {
  const contentType = contentTypes[flags.type];
  if (contentType === undefined)
    throw usageError(`--type must be one of [json merge strategic], not "${flags.type}"`);
  checkFormat(flags.output);
  const dryRun = dryRunOf(flags, session);
  // How lists are merged is known to the server.
  if (dryRun === 'client') throw new CliError('--dry-run=client is not possible, use server');
  const body = await readPatch(session, flags);
  const api = session.api();
  for (const { type, names } of await parseSelections(api, args)) {
    if (names.length === 0) throw usageError('one or more resources must be named');
    for (const name of names) {
      const path = resourcePath(type, session.namespace(), name);
      const before = await api.request({ method: 'GET', path });
      const after = await api.request({
        method: 'PATCH',
        path: `${path}${requestQuery(dryRun, { fieldManager: 'kubectl-patch' })}`,
        contentType,
        body,
      });
      const subject = `${qualifiedSingular(type)}/${name}`;
      const done = jsonText(before) === jsonText(after) ? 'patched (no change)' : 'patched';
      session.out(
        flags.output === undefined
          ? `${subject} ${done}\n`
          : preferredObject(after, flags.output, { nameOf: () => subject }),
      );
    }
  }
}

async function readPatch(session: Session, flags: PatchFlags): Promise<unknown> {
  const text =
    flags.patchFile === undefined ? flags.patch : await session.readFile(flags.patchFile);
  if (text === undefined || text === '')
    throw usageError('must specify --patch or --patch-file containing the contents of the patch');
  const { parse } = await import('yaml');
  try {
    // YAML would take `{a:1}` for a key without a value, where JSON was meant.
    return /^\s*[{[]/.test(text) ? (JSON.parse(text) as unknown) : (parse(text) as unknown);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(`unable to parse the patch as JSON or YAML: ${why}`);
  }
}
