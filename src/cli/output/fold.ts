import { textWidth } from './text-width.ts';

/** Beyond this column a text goes on in the next line. */
const width = 80;

/**
 * YAML with long texts broken where Go's libraries break them (yaml.v2, and so kubectl and oc): at the first single
 * space beyond column 80.
 * @param yaml texts of one line each in block style, not broken yet
 */
export function folded(yaml: string): string {
  let block = -1;
  return yaml
    .split('\n')
    .map((line) => {
      const indent = line.length - line.trimStart().length;
      if (block >= 0 && (indent > block || line === '')) return line;
      block = blockStart.test(line) ? indent : -1;
      return block >= 0 || line.length <= width ? line : foldedLine(line);
    })
    .join('\n');
}

/** `key: |-`: the lines below are the text as it stands. */
const blockStart = /(?:^|[\s:])[|>][-+]?\d?[-+]?$/;

/** Dashes, a key (quoted or not) with its colon, and the text. */
const lineParts = /^(\s*(?:- )*)((?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|[^'"\s].*?):\s)?(.*)$/;

function foldedLine(line: string): string {
  const { begin, text, indent } = partsOf(line);
  const [first = '', ...words] = text.split(' ');
  const lines: string[] = [];
  let current = begin + first;
  for (const [index, word] of words.entries()) {
    const before = index === 0 ? first : words[index - 1];
    if (before !== '' && mayBegin(word, text) && textWidth(current) > width) {
      lines.push(current);
      // The escape keeps a space at the beginning of a line.
      current = `${indent}${word === '' ? '\\' : word}`;
    } else {
      current += ` ${word}`;
    }
  }
  return [...lines, current].join('\n');
}

function partsOf(line: string): { begin: string; text: string; indent: string } {
  const [, lead = '', key = '', text = ''] = lineParts.exec(line) ?? [];
  return { begin: lead + key, text, indent: ' '.repeat(lead.length + (key === '' ? 0 : 2)) };
}

/** A line that begins with a space would lose it, but for double quotes. */
function mayBegin(word: string, text: string): boolean {
  return word !== '' || text.startsWith('"');
}
