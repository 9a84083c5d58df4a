import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { differences, furtherDifferences } from './differences.ts';

const page = readFileSync(new URL('../../../docs/differences.md', import.meta.url), 'utf8');
const listed = page.split('\n').filter((line) => line.startsWith('- '));

test('docs/differences.md lists every known difference, and no other', () => {
  const known = [...differences.map(({ because }) => because), ...furtherDifferences];
  expect(listed.toSorted()).toEqual([...new Set(known)].map((text) => `- ${text}`).toSorted());
});
