import type { ObjectMeta } from '#src/meta/object.ts';
import { sortedPairs } from './pairs.ts';
import { textWidth } from './text-width.ts';

/** meta/v1 Table, as far as a client prints it. */
export interface Table {
  readonly kind: 'Table';
  readonly metadata?: { readonly continue?: string; readonly resourceVersion?: string };
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly TableRow[] | null;
}

export interface TableRow {
  readonly cells: readonly unknown[];
  readonly object?: { readonly metadata?: ObjectMeta };
}

export interface TableOptions {
  /** Also columns of priority 1. */
  readonly wide: boolean;
  readonly withNamespace: boolean;
  readonly noHeaders: boolean;
  /** A last column `k=v,k=v`. */
  readonly withLabels: boolean;
  /** Labels with a column each, headed by what follows the last slash of their key. */
  readonly labelColumns: readonly string[];
  /** Stands before every name: `imagestream.image.openshift.io/`. */
  readonly namePrefix?: string;
}

/** Header cells and row cells of a table as texts, ready to be aligned. */
export function tableCells(table: Table, options: TableOptions): string[][] {
  const shown = table.columnDefinitions
    .map((column, index) => ({ name: column.name, index, priority: column.priority ?? 0 }))
    .filter((column) => options.wide || column.priority === 0);
  const namespaceHeader = options.withNamespace ? ['NAMESPACE'] : [];
  const rows = (table.rows ?? []).map((row) => [
    ...(options.withNamespace ? [row.object?.metadata?.namespace ?? ''] : []),
    ...shown.map(({ index }) =>
      index === 0
        ? `${options.namePrefix ?? ''}${cellText(row.cells[index])}`
        : cellText(row.cells[index]),
    ),
    ...options.labelColumns.map((key) => row.object?.metadata?.labels?.[key] ?? ''),
    ...(options.withLabels ? [labelsText(row.object?.metadata?.labels)] : []),
  ]);
  if (options.noHeaders) return rows;
  const labelsHeader = options.withLabels ? ['LABELS'] : [];
  const names = shown.map(({ name }) => name.toUpperCase());
  const labelNames = options.labelColumns.map((key) =>
    key.slice(key.lastIndexOf('/') + 1).toUpperCase(),
  );
  return [[...namespaceHeader, ...names, ...labelNames, ...labelsHeader], ...rows];
}

export interface ColumnOptions {
  /** At least these widths, so that rows of a watch stand under their header; they grow with the rows. */
  readonly widths?: number[];
  /** Spaces between columns; default 3, as tables of the server have. Those are never narrower than 6 with them. */
  readonly gap?: number;
}

const serverGap = 3;
const narrowest = 6;

/** Rows as aligned columns; the last one is not padded. */
export function alignColumns(
  rows: readonly (readonly string[])[],
  { widths = [], gap = serverGap }: ColumnOptions = {},
): string {
  const least = gap === serverGap ? narrowest - gap : 0;
  for (const row of rows) {
    for (const [index, cell] of row.entries())
      widths[index] = Math.max(widths[index] ?? least, textWidth(cell));
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) =>
          index === row.length - 1
            ? cell
            : cell + ' '.repeat((widths[index] ?? 0) + gap - textWidth(cell)),
        )
        .join(''),
    )
    .map(
      (line) => `${line}
`,
    )
    .join('');
}

function labelsText(labels: Readonly<Record<string, string>> | undefined): string {
  const pairs = sortedPairs(labels);
  return pairs.length === 0 ? '<none>' : pairs.join(',');
}

function cellText(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  const text = typeof cell === 'string' ? cell : JSON.stringify(cell);
  // One row is one line, whatever a message holds.
  return text.replaceAll('\n', '\\n');
}
