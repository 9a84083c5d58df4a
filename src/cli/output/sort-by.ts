import { compareText } from '#src/domain/history.ts';
import { quantityValue } from '#src/domain/quantity.ts';
import { CliError } from '../errors.ts';
import { valuesAt } from './json-path.ts';
import { relaxedPath } from './relaxed-path.ts';

/**
 * Items in the order of a field (`--sort-by`), as kubectl orders them: numbers and quantities by value, texts
 * letter by letter, those without the field first, equal ones as they were.
 * @throws {CliError} when the path cannot be read or no item has the field
 */
export function sortedBy<T>(
  items: readonly T[],
  field: string,
  objectOf: (item: T) => unknown,
): T[] {
  const path = relaxedPath(field);
  const keyed = items.map((item) => ({ item, key: valuesAt(objectOf(item), path)[0] }));
  if (keyed.length > 0 && keyed.every(({ key }) => key === undefined))
    throw new CliError(`couldn't find any field with path "{${path}}" in the list of objects`);
  return keyed.toSorted((a, b) => compareKeys(a.key, b.key)).map(({ item }) => item);
}

function compareKeys(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return compareTexts(textOf(a), textOf(b));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function compareTexts(a: string, b: string): number {
  const [first, second] = [quantityValue(a), quantityValue(b)];
  if (first !== undefined && second !== undefined) return first - second;
  return compareText(a, b);
}
