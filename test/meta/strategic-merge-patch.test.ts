import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import type { JsonObject, JsonValue } from '#src/meta/json.ts';
import { objectMetaSchema } from '#src/meta/object-schema.ts';
import type { Schema } from '#src/meta/schema.ts';
import { strategicMergePatch } from '#src/meta/strategic-merge-patch.ts';

/** Patches of the same object with what apimachinery's strategicpatch makes of them. */
const golden = readFileSync(
  new URL('../golden/kubernetes-api/goldens-status-selectors-smp.tsv', import.meta.url),
  'utf8',
)
  .split('\n')
  .map((line) => line.split('\t'))
  .filter(([kind]) => kind === 'SMP')
  .map(([, patch = '', verdict, expected = '']) => ({ patch, valid: verdict === 'OK', expected }));

const original: JsonObject = {
  metadata: { finalizers: ['f1', 'f2'], labels: { a: '1', b: '2' } },
  spec: {
    lookupPolicy: { local: false },
    tags: [{ from: { kind: 'DockerImage', name: 'x' }, name: 'a' }, { name: 'b' }],
  },
};

const schema: Schema = {
  properties: {
    metadata: objectMetaSchema,
    spec: {
      properties: {
        lookupPolicy: {},
        tags: { patchMergeKey: 'name', patchStrategy: 'merge', items: {} },
      },
    },
  },
};

const apply = (patch: string): JsonObject =>
  strategicMergePatch(original, JSON.parse(patch) as JsonValue, schema);

describe('strategic merge patch', () => {
  test.for(golden.filter(({ valid }) => valid))('$patch', ({ patch, expected }) => {
    expect(apply(patch)).toEqual(JSON.parse(expected));
  });

  test.for(golden.filter(({ valid }) => !valid))(
    '$patch is refused: $expected',
    ({ patch, expected }) => {
      expect(() => apply(patch)).toThrow(expected);
    },
  );

  test('a list without a merge strategy is replaced as a whole', () => {
    const list = { other: [1, 2] };
    expect(strategicMergePatch(list, { other: [3] }, schema)).toEqual({ other: [3] });
  });

  test('nothing is merged into a prototype', () => {
    const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}') as JsonValue;
    const result = strategicMergePatch(original, patch, schema);
    expect(JSON.stringify(result)).toContain('"__proto__":"x"');
    expect(({} as JsonObject)['x']).toBeUndefined();
  });

  test('neither argument is changed', () => {
    const before = structuredClone(original);
    apply('{"spec":{"tags":[{"name":"a","from":null}]},"metadata":{"labels":null}}');
    expect(original).toEqual(before);
  });
});
