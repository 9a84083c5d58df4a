import { describe, expect, test } from 'vitest';
import { evaluateJsonPath } from '#src/cli/output/json-path.ts';

const stream = {
  metadata: { name: 'python', annotations: { 'a.b/c': 'dotted' } },
  spec: { tags: [{ name: 'v1' }, { name: 'v2', importPolicy: { scheduled: true } }] },
  status: {
    tags: [
      { tag: 'v1', items: [{ image: 'sha256:1', generation: 2 }] },
      {
        tag: 'v2',
        items: [
          { image: 'sha256:2', generation: 3 },
          { image: 'sha256:1', generation: 1 },
        ],
      },
    ],
  },
};

test.for([
  ['{.metadata.name}', 'python'],
  ['{$.metadata.name}', 'python'],
  ['{metadata.name}', 'python'],
  ["{.metadata['name']}", 'python'],
  ['{.metadata.annotations.a\\.b/c}', 'dotted'],
  ['name: {.metadata.name}!', 'name: python!'],
  ['{.spec.tags[*].name}', 'v1 v2'],
  ['{.spec.tags[0].name}', 'v1'],
  ['{.spec.tags[-1].name}', 'v2'],
  ['{.status.tags[1].items[0:1].image}', 'sha256:2'],
  ['{.status.tags[?(@.tag == "v2")].items[0].image}', 'sha256:2'],
  ["{.status.tags[?(@.tag=='v1')].items[*].image}", 'sha256:1'],
  ['{.status.tags[*].items[?(@.generation > 1)].image}', 'sha256:1 sha256:2'],
  ['{.spec.tags[?(@.importPolicy.scheduled)].name}', 'v2'],
  ['{..image}', 'sha256:1 sha256:2 sha256:1'],
  ['{range .status.tags[*]}{.tag}={.items[0].image}{"\\n"}{end}', 'v1=sha256:1\nv2=sha256:2\n'],
  ['{.status.tags[0].items[0]}', '{"generation":2,"image":"sha256:1"}'],
  ['{.nothing.here}', ''],
])('%s', ([template, text]) => {
  expect(evaluateJsonPath(stream, template!)).toBe(text);
});

describe('a template that cannot be read is refused', () => {
  test.for(['{.a', '{range .a}', '{end}', '{.a[}'])('%s', (template) => {
    expect(() => evaluateJsonPath(stream, template)).toThrow(/error parsing jsonpath/);
  });
});
