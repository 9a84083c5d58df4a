import fc from 'fast-check';
import { expect, test } from 'vitest';

import { duplicateFields, duplicateYamlFields } from '#src/apiserver/decode/duplicate-fields.ts';

test.for<{ name: string; text: string; found: readonly string[] }>([
  { name: 'none', text: '{"a": {"b": 1}, "c": {"b": [1, 2]}}', found: [] },
  { name: 'a field', text: '{"a": 1, "b": 2, "a": 3}', found: ['duplicate field "a"'] },
  {
    name: 'a field below, thrice',
    text: '{"spec": {"x": 1, "x": 2, "x": 3}}',
    found: ['duplicate field "spec.x"'],
  },
  {
    name: 'fields of items',
    text: '{"spec": {"tags": [{"name": "a"}, {"name": "b", "from": {}, "name": "c"}]}, "spec": 1}',
    found: ['duplicate field "spec.tags[1].name"', 'duplicate field "spec"'],
  },
  {
    name: 'below a field that is there twice',
    text: '{"a": {"x": 1}, "a": {"x": 2, "y": 1, "y": 2}}',
    found: ['duplicate field "a"', 'duplicate field "a.y"'],
  },
  {
    name: 'keys that are spelled differently and texts with brackets',
    text: String.raw`{"a\u0062": "{\"x\":[", "ab": 1, "c": ["]", {"d": "\\"}]}`,
    found: ['duplicate field "ab"'],
  },
  {
    name: 'a list of operations',
    text: '[{"op": "a", "op": "b"}]',
    found: ['duplicate field "[0].op"'],
  },
])('duplicates in JSON: $name', ({ text, found }) => {
  expect(duplicateFields(text, 'json')).toEqual({ warnings: found, strict: found });
  expect(duplicateFields(text, 'yaml').warnings).toEqual(found);
});

test('duplicates in YAML are named with their line, and in one error', () => {
  const text = 'metadata:\n  name: a\n  name: b\nspec:\n  tags:\n    - name: x\n      name: y\n';
  const lines = ['line 3: key "name" already set in map', 'line 7: key "name" already set in map'];
  expect(duplicateFields(text, 'yaml')).toEqual({
    warnings: lines,
    strict: [`yaml: unmarshal errors:\n  ${lines.join('\n  ')}`],
  });
  expect(duplicateYamlFields('{"a": 1, "a": 2}').warnings).toEqual([
    'line 1: key "a" already set in map',
  ]);
});

test('no JSON that was written from a value has duplicates, with or without spaces', () => {
  fc.assert(
    fc.property(fc.json({ depthSize: 'medium' }), fc.constantFrom(0, 2), (json, spaces) => {
      const text = JSON.stringify(JSON.parse(json), undefined, spaces);
      expect(duplicateFields(text, 'json').warnings).toEqual([]);
    }),
  );
});
