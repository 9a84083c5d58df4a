import { expect, test } from 'vitest';
import { sortedBy } from '#src/cli/output/sort-by.ts';

function sorted(values: readonly unknown[], field = '.a.b'): unknown[] {
  const items = values.map((value) => ({ a: value === undefined ? {} : { b: value } }));
  return sortedBy(items, field, (item) => item).map(({ a }) => a.b);
}

test.for<[string, unknown[], unknown[]]>([
  ['numbers by value', [10, 9, -1], [-1, 9, 10]],
  ['quantities by value', ['1Gi', '20Mi', '1500M', '3'], ['3', '20Mi', '1Gi', '1500M']],
  ['fractions by value', ['3.9', '3.10'], ['3.10', '3.9']],
  ['texts letter by letter', ['b', 'a', 'B'], ['B', 'a', 'b']],
  [
    'those without the field first',
    ['b', undefined, 'a', undefined],
    [undefined, undefined, 'a', 'b'],
  ],
  ['yes after no', [true, false], [false, true]],
])('%s', ([, values, expected]) => {
  expect(sorted(values)).toEqual(expected);
});

test('what may stand around a path, and what may not', () => {
  expect(sorted([2, 1], '{.a.b}')).toEqual([1, 2]);
  expect(sorted([2, 1], '{a.b}')).toEqual([1, 2]);
  expect(sorted([2, 1], 'a.b')).toEqual([1, 2]);
  expect(() => sorted([1], '{.a}{.b}')).toThrow('unexpected path string, expected a');
});

test('a field that nothing has is an error; nothing at all is not', () => {
  expect(() => sorted([1, 2], '.a.c')).toThrow(
    `couldn't find any field with path "{.a.c}" in the list of objects`,
  );
  expect(sorted([], '.a.c')).toEqual([]);
});
