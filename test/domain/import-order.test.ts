import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { limitTags, prioritizeTags } from '#src/domain/import-order.ts';

describe('the order of a repository', () => {
  test.for([
    [
      ['v1', 'other', 'v2', '3', '3.1', 'abc'],
      ['3.1', '3', 'abc', 'other', 'v1', 'v2'],
    ],
    [
      ['foo', 'v1', '1.0', 'latest', 'v2.0', 'v1.1'],
      ['latest', 'v2.0', 'v1.1', '1.0', 'foo', 'v1'],
    ],
    [
      ['5.1', '5.1-rc1', 'v5.1'],
      ['5.1', 'v5.1', '5.1-rc1'],
    ],
    [
      ['1.2.3', '1.10.0', 'v1.2.3', '1.2.3-rc.1', '1.2.3-rc.2', '1.2.3-rc.10', '1.2'],
      ['1.2', '1.10.0', '1.2.3', 'v1.2.3', '1.2.3-rc.10', '1.2.3-rc.2', '1.2.3-rc.1'],
    ],
    [
      ['01.2.3', '1.2.3+build', 'vv1.2.3', '1.2.3.4'],
      ['1.2.3+build', '01.2.3', '1.2.3.4', 'vv1.2.3'],
    ],
    [
      ['', 'a', 'a'],
      ['latest', 'a'],
    ],
    [
      ['99999999999999999999.0', '100000000000000000000.0'],
      ['100000000000000000000.0', '99999999999999999999.0'],
    ],
  ] as const)('%s', ([tags, expected]) => {
    expect(prioritizeTags(tags)).toEqual(expected);
  });

  test('depends only on which tags there are', () => {
    const tag = fc.oneof(
      fc.stringMatching(/^v?[0-9]{1,2}\.[0-9](\.[0-9])?(-rc\.?[0-9])?$/),
      fc.stringMatching(/^[\w.-]{1,6}$/),
    );
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 20 }), (tags) => {
        const order = prioritizeTags(tags);
        expect(prioritizeTags(tags.toReversed())).toEqual(order);
        expect(order.toSorted()).toEqual([...new Set(tags)].toSorted());
      }),
    );
  });
});

describe('the limit of a repository', () => {
  const tags = ['a', 'b', 'c', 'd'];

  test.for([
    { limit: 2, taken: ['a', 'b'], over: ['c', 'd'] },
    { limit: 50, taken: tags, over: [] },
    { limit: -1, taken: tags, over: [] },
    { limit: 0, taken: [], over: [] },
  ])('$limit takes $taken', ({ limit, taken, over }) => {
    expect(limitTags(tags, limit)).toEqual({ tags: taken, additional: over });
  });

  test('what the request imports anyway is not left over', () => {
    expect(limitTags(tags, 1, new Set(['c']))).toEqual({
      tags: ['a', 'c'],
      additional: ['b', 'd'],
    });
  });
});
