import { expect, test } from 'vitest';
import { closest } from '#src/lib/closest.ts';

const types = ['imagestreams', 'imagestreamtags', 'is', 'secrets', 'namespaces'];

test.for([
  ['imagestrems', 'imagestreams'],
  ['imagestreamtag', 'imagestreamtags'],
  ['secret', 'secrets'],
  ['ia', 'is'],
  ['pods', undefined],
  ['', undefined],
] as const)('%s was meant as %s', ([word, meant]) => {
  expect(closest(word, types)).toBe(meant);
});
