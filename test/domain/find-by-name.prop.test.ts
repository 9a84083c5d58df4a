import fc from 'fast-check';
import { expect, test } from 'vitest';

import { finderByName } from '#src/domain/find-by-name.ts';

test('however long a list is and however often it is asked, the first of a name is found', () => {
  const name = fc.nat(60).map(String);
  fc.assert(
    fc.property(
      fc.array(fc.array(name, { maxLength: 80 }), { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(2), name), { maxLength: 60 }),
      (names, questions) => {
        const find = finderByName((item: { readonly name: string }) => item.name);
        const lists = names.map((each) => each.map((own) => ({ name: own })));
        for (const [index, wanted] of questions) {
          const list = lists[index % lists.length]!;
          expect(find(list, wanted)).toBe(list.find((item) => item.name === wanted));
        }
      },
    ),
  );
});
