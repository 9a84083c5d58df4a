import { textWidth } from './text-width.ts';

/**
 * Elastic tab stops as `oc` prints descriptions: a tab ends a cell, and cells one above the other are padded with tabs
 * (8 wide) to a common width of at least one column more than the longest. Source: Go text/tabwriter with
 * minwidth 0, tabwidth 8, padding 1, padchar tab.
 */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths = lines.map(() => [] as number[]);
  measure(lines, widths, { column: 0, from: 0, to: lines.length });
  return lines.map((cells, index) => joined(cells, widths[index] ?? [])).join('\n');
}

const tabWidth = 8;
const padding = 1;

interface Block {
  readonly column: number;
  readonly from: number;
  readonly to: number;
}

/** Gives every run of lines that end a cell in `column` one width, then does the same inside the run. */
function measure(lines: readonly string[][], widths: number[][], block: Block): void {
  let from = block.from;
  while (from < block.to) {
    let to = from;
    let widest = 0;
    while (to < block.to && endsCell(lines[to], block.column)) {
      widest = Math.max(widest, lengthOf(lines[to]?.[block.column]));
      to += 1;
    }
    if (to === from) {
      from += 1;
      continue;
    }
    const width = Math.ceil((widest + padding) / tabWidth) * tabWidth;
    for (let line = from; line < to; line += 1) widths[line]?.push(width);
    measure(lines, widths, { column: block.column + 1, from, to });
    from = to;
  }
}

/** The last cell of a line is not ended by a tab. */
function endsCell(cells: readonly string[] | undefined, column: number): boolean {
  return cells !== undefined && column < cells.length - 1;
}

function joined(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, column) => {
      const width = widths[column];
      if (width === undefined || column === cells.length - 1) return cell;
      return cell + '\t'.repeat(Math.ceil((width - lengthOf(cell)) / tabWidth));
    })
    .join('');
}

function lengthOf(cell: string | undefined): number {
  return textWidth(cell ?? '');
}
