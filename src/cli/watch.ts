import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { StatusError, type Status } from '#src/meta/status.ts';
import { CliError } from './errors.ts';
import { tableAccept, type GetFlags } from './get-options.ts';
import { preferredObject } from './output/print.ts';
import { alignColumns, tableCells, type Table } from './output/table.ts';
import { collectionOf } from './get/read.ts';
import { qualifiedSingular, type Selection } from './resources.ts';
import type { Session } from './session.ts';

interface WatchLine {
  readonly type: string;
  readonly object: KubeObject | Table | Status;
}

/** Shows the objects and then every change of them, until the server or Ctrl-C ends it (`get -w`). */
export async function watchSelection(
  session: Session,
  selection: Selection,
  flags: GetFlags,
): Promise<void> {
  const isTable = flags.output === undefined || flags.output === 'wide';
  const accept = isTable ? { accept: tableAccept } : {};
  const root = collectionOf(session, selection, flags);
  const query = selectorQuery(selection, flags);
  const list = await session.api().request<KubeList | Table>({
    method: 'GET',
    path: `${root}?${query.toString()}`,
    ...accept,
  });
  const show = printer(session, selection, flags);
  if (flags.watchOnly !== true) for (const part of partsOf(list)) show(part);
  query.set('watch', 'true');
  query.set('resourceVersion', list.metadata?.resourceVersion ?? '');
  const lines = session.api().stream({
    method: 'GET',
    path: `${root}?${query.toString()}`,
    signal: session.signal,
    ...accept,
  });
  for await (const line of lines) {
    const event = line as WatchLine;
    if (event.type === 'ERROR') throw new StatusError(event.object as Status);
    if (event.type !== 'BOOKMARK') show(event.object);
  }
}

function selectorQuery(selection: Selection, flags: GetFlags): URLSearchParams {
  const query = new URLSearchParams();
  const [name] = selection.names;
  const fields = [
    ...(name === undefined ? [] : [`metadata.name=${name}`]),
    ...(flags.fieldSelector === undefined ? [] : [flags.fieldSelector]),
  ];
  if (fields.length > 0) query.set('fieldSelector', fields.join(','));
  if (flags.selector !== undefined) query.set('labelSelector', flags.selector);
  return query;
}

function partsOf(list: KubeList | Table): (KubeObject | Table)[] {
  if (list.kind === 'Table') return [list];
  const { apiVersion, kind, items } = list as KubeList;
  return items.map((item) => ({ apiVersion, kind: kind.replace(/List$/, ''), ...item }));
}

/** Prints objects or tables; the header of a table once, its columns never narrower than before. */
function printer(
  session: Session,
  selection: Selection,
  flags: GetFlags,
): (part: WatchLine['object']) => void {
  const tables = new TablePrinter(selection, flags);
  let isFirst = true;
  return (part) => {
    if (part.kind === 'Table') session.out(tables.text(part as Table));
    else if (flags.output === undefined || flags.output === 'wide')
      throw new CliError('the server did not answer with a table');
    else {
      const noHeaders = !flags.headers || !isFirst;
      session.out(documentText(part as KubeObject, { selection, flags, noHeaders }));
      isFirst = false;
    }
  };
}

class TablePrinter {
  readonly #selection: Selection;
  readonly #flags: GetFlags;
  readonly #widths: number[] = [];
  /** The server sends the columns of a watch with the first table only. */
  #columns: Table['columnDefinitions'] = [];
  #hasHeader = false;

  constructor(selection: Selection, flags: GetFlags) {
    this.#selection = selection;
    this.#flags = flags;
  }

  text(table: Table): string {
    if ((table.columnDefinitions ?? []).length > 0) this.#columns = table.columnDefinitions;
    if ((table.rows ?? []).length === 0) return '';
    const cells = tableCells(
      { ...table, columnDefinitions: this.#columns },
      {
        wide: this.#flags.output === 'wide',
        withNamespace: this.#flags.allNamespaces === true && this.#selection.type.namespaced,
        noHeaders: !this.#flags.headers || this.#hasHeader,
        withLabels: this.#flags.showLabels === true,
        labelColumns: this.#flags.labelColumns ?? [],
      },
    );
    this.#hasHeader = true;
    return alignColumns(cells, { widths: this.#widths });
  }
}

function documentText(
  object: KubeObject,
  { selection, flags, noHeaders }: { selection: Selection; flags: GetFlags; noHeaders: boolean },
): string {
  const { output = '', showManagedFields } = flags;
  const text = preferredObject(object, output, {
    nameOf: (each) => `${qualifiedSingular(selection.type)}/${each.metadata.name ?? ''}`,
    showManagedFields,
    noHeaders,
  });
  return output === 'yaml' ? `---\n${text}` : text;
}
