import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { equalJson, type JsonObject } from '#src/meta/json.ts';
import { collectFields } from '#src/meta/managed-fields/collect.ts';
import { compareFields } from '#src/meta/managed-fields/compare.ts';
import { FieldSet } from '#src/meta/managed-fields/field-set.ts';
import { mergeConfiguration } from '#src/meta/managed-fields/merge.ts';
import { removeFields } from '#src/meta/managed-fields/remove.ts';
import { applyConfiguration } from '#src/meta/managed-fields/updater.ts';
import type { Schema } from '#src/meta/schema.ts';

const schema: Schema = {
  type: 'object',
  properties: {
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    marks: { type: 'array', listType: 'set', items: { type: 'string' } },
    tags: {
      type: 'array',
      listType: 'map',
      listMapKeys: ['name'],
      items: {
        type: 'object',
        properties: { name: { type: 'string' }, from: { type: 'object', mapType: 'atomic' } },
      },
    },
  },
};

const letter = fc.constantFrom('a', 'b', 'c');
/** Objects of the schema without empty lists and maps, of which nothing can be owned. */
const object = fc
  .record(
    {
      labels: fc.dictionary(letter, letter, { minKeys: 1 }),
      marks: fc.uniqueArray(letter, { minLength: 1 }),
      tags: fc.uniqueArray(fc.record({ name: letter, from: fc.record({ k: letter }) }), {
        minLength: 1,
        selector: ({ name }) => name,
      }),
    },
    { requiredKeys: [] },
  )
  .map((value) => value as unknown as JsonObject);

const set = object.map((value) => collectFields(value, schema));

describe('sets of fields', () => {
  test('obey the laws of sets', () => {
    fc.assert(
      fc.property(set, set, (a, b) => {
        expect(a.union(b).equals(b.union(a))).toBe(true);
        expect(a.difference(b).union(a.intersection(b)).equals(a)).toBe(true);
        expect(a.difference(b).intersection(b).isEmpty()).toBe(true);
        expect(a.union(a).equals(a)).toBe(true);
      }),
    );
  });

  test('are what FieldsV1 says of them', () => {
    fc.assert(
      fc.property(set, (fields) => {
        expect(FieldSet.fromFieldsV1(fields.toFieldsV1()).equals(fields)).toBe(true);
      }),
    );
  });
});

describe('objects and their fields', () => {
  test('an object without all of its fields is empty', () => {
    fc.assert(
      fc.property(object, (value) => {
        const fields = collectFields(value, schema).withNamedFields(schema);
        expect(removeFields(value, fields, schema)).toEqual({});
      }),
    );
  });

  test('an object differs from itself in nothing, and what is added one way is removed the other', () => {
    fc.assert(
      fc.property(object, object, (a, b) => {
        const same = compareFields(a, a, schema);
        expect(same.added.union(same.removed).union(same.modified).isEmpty()).toBe(true);
        const [there, back] = [compareFields(a, b, schema), compareFields(b, a, schema)];
        expect(there.added.equals(back.removed)).toBe(true);
        expect(there.modified.equals(back.modified)).toBe(true);
      }),
    );
  });

  test('a merged configuration says all that it says, and merging again changes nothing', () => {
    fc.assert(
      fc.property(object, object, (live, wanted) => {
        const merged = mergeConfiguration(live, wanted, schema);
        const { modified, removed } = compareFields(wanted, merged, schema);
        expect(modified.union(removed).isEmpty()).toBe(true);
        expect(equalJson(mergeConfiguration(merged, wanted, schema), merged)).toBe(true);
      }),
    );
  });

  test('applying the same twice changes nothing, not even who owns what', () => {
    fc.assert(
      fc.property(object, object, (live, wanted) => {
        const change = { live, managers: new Map(), manager: 'a', schema };
        const first = applyConfiguration(change, wanted, true);
        if (first.conflicts !== undefined) throw new Error('forced');
        const second = applyConfiguration(
          { ...change, live: first.object, managers: first.managers },
          wanted,
          false,
        );
        if (second.conflicts !== undefined) throw new Error('nobody else is there');
        expect(second.object).toEqual(first.object);
        expect([...second.managers].map(([, each]) => each.toFieldsV1())).toEqual(
          [...first.managers].map(([, each]) => each.toFieldsV1()),
        );
      }),
    );
  });
});
