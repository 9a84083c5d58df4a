import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** Behaviours and hostile cases are tested under their numbers; what cannot be tested says why under its own. */
test.for([
  ['B', 32],
  ['H', 70],
] as const)('every number from %s1 to %s is in the name of a test', ([letter, count]) => {
  const named = new Set(testFiles().flatMap((text) => numbersIn(text, letter)));
  const missing = Array.from({ length: count }, (_, index) => index + 1).filter(
    (number) => !named.has(number),
  );

  expect(missing).toEqual([]);
});

function testFiles(): string[] {
  return readdirSync(import.meta.dirname, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && !name.startsWith('numbers'))
    .map((name) => readFileSync(join(import.meta.dirname, name), 'utf8'));
}

/** `'B3, B4: a token …'` at the start of a name. */
function numbersIn(text: string, letter: string): number[] {
  const names = text.matchAll(/['"`]((?:[BH]\d+(?:, )?)+):/gu);
  return [...names].flatMap(([, numbers = '']) =>
    numbers
      .split(', ')
      .filter((each) => each.startsWith(letter))
      .map((each) => Number(each.slice(1))),
  );
}
