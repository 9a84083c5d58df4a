import { sortedPairs } from '../output/pairs.ts';
import { alignTabs } from '../output/tab-writer.ts';

/** The label lines of a description; a line is made of cells that tabs align. */
export class Lines {
  readonly #lines: string[] = [];

  /** One label and its value; an empty value shows as `<none>`. */
  field(label: string, value: string): void {
    this.#lines.push(`${label}:\t${value === '' ? '<none>' : indented(value)}`);
  }

  /** One label and one line a value, the label on the first only; nothing when there are no values. */
  list(label: string, values: readonly string[]): void {
    for (const [index, value] of values.entries())
      this.#lines.push(`${index === 0 ? `${label}:` : ''}\t${indented(value)}`);
  }

  /** `k=v` sorted by key, one a line, or `<none>`. */
  map(label: string, values: Readonly<Record<string, string>> | null | undefined): void {
    const pairs = sortedPairs(values);
    this.list(label, pairs.length === 0 ? ['<none>'] : pairs);
  }

  /** A line as it stands. */
  line(text: string): void {
    this.#lines.push(text);
  }

  /** All lines aligned, with a newline after each. */
  text(): string {
    return this.#lines.length === 0 ? '' : alignTabs(`${this.#lines.join('\n')}\n`);
  }
}

/** The lines of a value stand below each other. */
function indented(value: string): string {
  return value.replaceAll('\n', '\n\t');
}
