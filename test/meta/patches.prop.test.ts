import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { cloneJson, equalJson, type JsonObject, type JsonValue } from '#src/meta/json.ts';
import { mergePatch } from '#src/meta/merge-patch.ts';
import type { Schema } from '#src/meta/schema.ts';
import { strategicMergePatch } from '#src/meta/strategic-merge-patch.ts';

const json = fc.jsonValue({
  depthSize: 'small',
  noUnicodeString: false,
}) as fc.Arbitrary<JsonValue>;
const object = fc.dictionary(fc.string(), json) as fc.Arbitrary<JsonObject>;
const key = fc.constantFrom('a', 'b', 'c', 'd');
const items = fc
  .uniqueArray(key)
  .map((names) => names.map((name): JsonObject => ({ name, from: `x-${name}` })));

const schema: Schema = {
  properties: { list: { patchMergeKey: 'name', patchStrategy: 'merge', items: {} } },
};

function named(value: JsonObject): unknown[] {
  return (value['list'] as JsonObject[]).map(({ name }) => name ?? null);
}

describe('a merge patch', () => {
  test('applied twice does nothing more', () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const once = mergePatch(target, patch);
        expect(equalJson(mergePatch(once, patch), once)).toBe(true);
      }),
    );
  });

  test('of nothing changes nothing, and no argument is changed', () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        const [before, asked] = [cloneJson(target), cloneJson(patch)];
        expect(mergePatch(target, {})).toEqual(before);
        mergePatch(target, patch);
        expect([target, patch]).toEqual([before, asked]);
      }),
    );
  });
});

describe('a strategic merge patch', () => {
  test('leaves every item of a merged list that it does not name', () => {
    fc.assert(
      fc.property(items, items, (list, patch) => {
        const result = strategicMergePatch({ list }, { list: patch }, schema);
        const wanted = new Set([...named({ list }), ...named({ list: patch })]);
        expect(new Set(named(result))).toEqual(wanted);
        expect(named(result)).toHaveLength(wanted.size);
      }),
    );
  });

  test('puts a list in the order that is asked for', () => {
    fc.assert(
      fc.property(items, (list) => {
        const order = list.map(({ name }) => ({ name: name ?? null })).toReversed();
        const patch = { '$setElementOrder/list': order };
        const result = strategicMergePatch({ list }, patch, schema);
        expect(named(result)).toEqual(order.map(({ name }) => name));
      }),
    );
  });

  test('without a schema does to objects what a merge patch does', () => {
    fc.assert(
      fc.property(object, object, (target, patch) => {
        fc.pre(!JSON.stringify(patch).includes('$'));
        expect(
          equalJson(strategicMergePatch(target, patch, undefined), mergePatch(target, patch)),
        ).toBe(true);
      }),
    );
  });
});
