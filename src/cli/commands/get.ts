import type { KubeObject } from '#src/meta/object.ts';
import { usageError } from '../errors.ts';
import { tableAccept, type GetFlags } from '../get-options.ts';
import { listObjects, listPages } from '../list-objects.ts';
import { preferredObject } from '../output/print.ts';
import { alignColumns, tableCells, type Table } from '../output/table.ts';
import {
  parseSelections,
  qualifiedSingular,
  resourcePath,
  type ResourceType,
  type Selection,
} from '../resources.ts';
import type { CliCommand, Session } from '../session.ts';
import { watchSelection } from '../watch.ts';

export const verb: CliCommand = {
  define(command, session) {
    command
      .usage('TYPE[,TYPE] [NAME ...] | TYPE/NAME ...')
      .argument('[args...]')
      .option('-o, --output <format>', 'json, yaml, wide, name or jsonpath=TEMPLATE')
      .option('-A, --all-namespaces', 'objects of all namespaces')
      .option('-l, --selector <selector>', 'objects with these labels')
      .option('--field-selector <selector>', 'objects with these fields')
      .option('-w, --watch', 'show the objects, then their changes')
      .option('--watch-only', 'show changes only')
      .option('--show-labels', 'add the labels as the last column')
      .option('--no-headers', 'no header line')
      .option('--ignore-not-found', 'say nothing and succeed where an object is missing')
      .action((args: string[], flags: GetFlags) => run(session, args, flags));
  },
};

async function run(session: Session, args: readonly string[], flags: GetFlags): Promise<void> {
  const selections = await parseSelections(session.api(), args);
  if (flags.watch === true || flags.watchOnly === true) {
    const [selection, ...others] = selections;
    if (selection === undefined || others.length > 0 || selection.names.length > 1)
      throw usageError('you may only watch a single resource or type of resource at a time');
    await watchSelection(session, selection, flags);
    return;
  }
  const isTable = flags.output === undefined || flags.output === 'wide';
  if (isTable) await printTables(session, selections, flags);
  else await printObjects(session, selections, flags);
}

async function printTables(
  session: Session,
  selections: readonly Selection[],
  flags: GetFlags,
): Promise<void> {
  let isEmpty = true;
  for (const [index, selection] of selections.entries()) {
    const tables = await fetchTables(session, selection, flags);
    const [first] = tables;
    if (first === undefined) continue;
    const rows = tables.flatMap((table) => table.rows ?? []);
    if (rows.length === 0) continue;
    const cells = tableCells(
      { ...first, rows },
      {
        wide: flags.output === 'wide',
        withNamespace: flags.allNamespaces === true && selection.type.namespaced,
        noHeaders: !flags.headers,
        withLabels: flags.showLabels === true,
      },
    );
    session.out(`${index > 0 && !isEmpty ? '\n' : ''}${alignColumns(cells)}`);
    isEmpty = false;
  }
  if (!isEmpty) return;
  const [first] = selections;
  const isNamespaced = first?.type.namespaced === true && flags.allNamespaces !== true;
  if (flags.ignoreNotFound !== true)
    session.err(
      isNamespaced
        ? `No resources found in ${session.namespace()} namespace.\n`
        : 'No resources found\n',
    );
}

async function fetchTables(
  session: Session,
  selection: Selection,
  flags: GetFlags,
): Promise<Table[]> {
  if (selection.names.length > 0) {
    const tables: Table[] = [];
    for (const name of selection.names) {
      const table = await getNamed<Table>(
        session,
        { type: selection.type, name },
        flags,
        tableAccept,
      );
      if (table !== undefined) tables.push(table);
    }
    return tables;
  }
  const pages: Table[] = [];
  const request = {
    path: collectionOf(session, selection.type, flags),
    selectors: { labels: flags.selector, fields: flags.fieldSelector },
    accept: tableAccept,
  };
  for await (const page of listPages<Table>(session.api(), request)) pages.push(page);
  return pages;
}

async function printObjects(
  session: Session,
  selections: readonly Selection[],
  flags: GetFlags,
): Promise<void> {
  const lists = await Promise.all(
    selections.map((selection) => fetchObjects(session, selection, flags)),
  );
  const found = lists.flat();
  const [only] = selections;
  const [first] = found;
  const isSingle =
    selections.length === 1 &&
    only?.names.length === 1 &&
    found.length === 1 &&
    first !== undefined;
  if (found.length === 0 && flags.ignoreNotFound === true) return;
  const object = isSingle
    ? first.object
    : {
        apiVersion: 'v1',
        kind: 'List',
        metadata: { resourceVersion: '' },
        items: found.map((each) => each.object),
      };
  const types = new Map(found.map((each) => [each.object, each.type]));
  session.out(
    preferredObject(object, flags.output ?? 'yaml', (each) => {
      const type = types.get(each);
      return `${type === undefined ? '' : qualifiedSingular(type)}/${each.metadata.name ?? ''}`;
    }),
  );
}

interface Found {
  readonly type: ResourceType;
  readonly object: KubeObject;
}

async function fetchObjects(
  session: Session,
  selection: Selection,
  flags: GetFlags,
): Promise<Found[]> {
  const { type, names } = selection;
  const found: Found[] = [];
  if (names.length > 0) {
    for (const name of names) {
      const object = await getNamed<KubeObject>(session, { type, name }, flags);
      if (object !== undefined) found.push({ type, object });
    }
    return found;
  }
  const objects = await listObjects(session.api(), collectionOf(session, type, flags), {
    labels: flags.selector,
    fields: flags.fieldSelector,
  });
  return objects.map((object) => ({ type, object }));
}

/** One object by name; `undefined` where it is missing and that is allowed. */
async function getNamed<T>(
  session: Session,
  target: { readonly type: ResourceType; readonly name: string },
  flags: GetFlags,
  accept?: string,
): Promise<T | undefined> {
  const path = resourcePath(target.type, session.namespace(), target.name);
  try {
    return await session.api().request<T>({
      method: 'GET',
      path,
      ...(accept === undefined ? {} : { accept }),
    });
  } catch (error) {
    if (flags.ignoreNotFound === true && isNotFound(error)) return undefined;
    throw error;
  }
}

function isNotFound(error: unknown): boolean {
  return (
    error instanceof Error &&
    'status' in error &&
    (error.status as { reason?: string }).reason === 'NotFound'
  );
}

function collectionOf(session: Session, type: ResourceType, flags: GetFlags): string {
  return resourcePath(type, flags.allNamespaces === true ? '' : session.namespace());
}
