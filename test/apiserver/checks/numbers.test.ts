import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

/** The checks of what Kubernetes clients need are numbered from 1 to this. */
const last = 190;

const folder = fileURLToPath(new URL('.', import.meta.url));
/** Whose subject needs no server. */
const elsewhere = fileURLToPath(
  new URL('../../meta/managed-fields/golden.test.ts', import.meta.url),
);
const page = readFileSync(new URL('../../../docs/differences.md', import.meta.url), 'utf8');

/** Numbers with which names of tests begin, in tables as well: `test('43 …'`, `check: '46 …'`, `number: 5`. */
function tested(): Set<number> {
  const files = readdirSync(folder, { encoding: 'utf8' }).filter((file) =>
    file.endsWith('.int.test.ts'),
  );
  const texts = [...files.map((file) => join(folder, file)), elsewhere].map((file) =>
    readFileSync(file, 'utf8'),
  );
  const names = texts.flatMap((text) => [
    ...text.matchAll(/(?:\btest\(|\]\)\(|\bcheck:)\s*'(?<number>\d{1,3})\s/gu),
    ...text.matchAll(/\btest\(\s*'\d{1,3} and (?<number>\d{1,3})\s/gu),
    ...text.matchAll(/\bnumber: (?<number>\d{1,3}),/gu),
  ]);
  return new Set(names.map(({ groups }) => Number(groups?.['number'])));
}

/** The rows of the table of checks that are not met: `| 186 | … |`. */
function outside(): Map<number, string> {
  const rows = page.matchAll(/^\| (?<number>\d+) \| (?<why>[^|]+) \|$/gmu);
  return new Map(
    [...rows].map(({ groups }) => [Number(groups?.['number']), groups?.['why'] ?? '']),
  );
}

test('every check is a test, or docs/differences.md says why not', () => {
  const met = tested();
  const excused = outside();
  const numbers = Array.from({ length: last }, (_, index) => index + 1);
  expect(numbers.filter((number) => !met.has(number) && !excused.has(number))).toEqual([]);
  expect([...excused.keys()].filter((number) => met.has(number))).toEqual([]);
  expect([...met].filter((number) => number > last)).toEqual([]);
  for (const why of excused.values()) expect(why.trim()).not.toBe('');
});
