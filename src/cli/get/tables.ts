import { tableAccept, type GetFlags } from '../get-options.ts';
import { listPages } from '../list-objects.ts';
import { sortedBy } from '../output/sort-by.ts';
import { alignColumns, tableCells, type Table, type TableRow } from '../output/table.ts';
import { qualifiedSingular, type Selection } from '../resources.ts';
import type { Session } from '../session.ts';
import { collectionOf, readNamed } from './read.ts';

/** Prints the server's tables, one a selection; of several types every name says its own. */
export async function printTables(
  session: Session,
  selections: readonly Selection[],
  flags: GetFlags,
): Promise<void> {
  const hasTypes = new Set(selections.map(({ type }) => qualifiedSingular(type))).size > 1;
  let isEmpty = true;
  for (const selection of selections) {
    const tables = await readTables(session, selection, flags);
    const [first] = tables;
    const rows = sorted(
      tables.flatMap((table) => table.rows ?? []),
      flags,
    );
    if (first === undefined || rows.length === 0) continue;
    const cells = tableCells(
      { ...first, rows },
      {
        wide: flags.output === 'wide',
        withNamespace: flags.allNamespaces === true && selection.type.namespaced,
        noHeaders: !flags.headers,
        withLabels: flags.showLabels === true,
        labelColumns: flags.labelColumns ?? [],
        ...(hasTypes ? { namePrefix: `${qualifiedSingular(selection.type)}/` } : {}),
      },
    );
    session.out(`${isEmpty ? '' : '\n'}${alignColumns(cells)}`);
    isEmpty = false;
  }
  if (isEmpty && flags.ignoreNotFound !== true)
    session.err(nothingText(session, selections, flags));
}

function sorted(rows: TableRow[], { sortBy }: GetFlags): TableRow[] {
  return sortBy === undefined ? rows : sortedBy(rows, sortBy, ({ object }) => object);
}

async function readTables(
  session: Session,
  selection: Selection,
  flags: GetFlags,
): Promise<Table[]> {
  const includeObject = flags.sortBy !== undefined;
  if (selection.names.length > 0)
    return readNamed<Table>(session, selection, flags, {
      accept: tableAccept,
      query: includeObject ? '?includeObject=Object' : '',
    });
  const pages: Table[] = [];
  const request = {
    path: collectionOf(session, selection, flags),
    selectors: { labels: flags.selector, fields: flags.fieldSelector },
    accept: tableAccept,
    includeObject,
  };
  for await (const page of listPages<Table>(session.api(), request)) pages.push(page);
  return pages;
}

function nothingText(session: Session, [first]: readonly Selection[], flags: GetFlags): string {
  const isNamespaced = first?.type.namespaced === true && flags.allNamespaces !== true;
  return isNamespaced
    ? `No resources found in ${session.namespace()} namespace.\n`
    : 'No resources found\n';
}
