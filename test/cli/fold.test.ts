import { expect, test } from 'vitest';
import { yamlText } from '#src/cli/output/documents.ts';

const long = `${'word '.repeat(17)}end`;

test.for([
  {
    name: 'a value goes on two columns in from its key',
    value: { a: { message: long } },
    text: `a:\n  message: ${'word '.repeat(15).trim()}\n    word word end\n`,
  },
  {
    name: 'an item goes on two columns in from its dash',
    value: { list: [long] },
    text: `list:\n- ${'word '.repeat(16).trim()}\n  word end\n`,
  },
  {
    name: 'a quoted text is broken inside its quotes',
    value: { a: `${long}: x` },
    text: `a: '${'word '.repeat(16).trim()}\n  word end: x'\n`,
  },
  {
    name: 'two spaces are never parted',
    value: { a: `${'x'.repeat(90)}  ${'y'.repeat(9)}` },
    text: `a: ${'x'.repeat(90)}  ${'y'.repeat(9)}\n`,
  },
  {
    name: 'a text of several lines stays as it is',
    value: { a: `${long}\n${long}\n`, b: 1 },
    text: `a: |\n  ${long}\n  ${long}\nb: 1\n`,
  },
  {
    name: 'but in double quotes, where a backslash keeps the second',
    value: { a: `${'x'.repeat(90)}\u0001  y` },
    text: `a: "${'x'.repeat(90)}\\x01\n  \\ y"\n`,
  },
  {
    name: 'a text without spaces is never broken',
    value: { a: 'x'.repeat(200) },
    text: `a: ${'x'.repeat(200)}\n`,
  },
])('$name', ({ value, text }) => {
  expect(yamlText(value)).toBe(text);
});
