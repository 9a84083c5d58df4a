import { expect, test } from 'vitest';

import { applyJsonPatch } from '#src/apiserver/verbs/patches.ts';
import { StatusError } from '#src/meta/status.ts';

const copy = (from: string, path: string): object => ({ op: 'copy', from, path });

function codeOf(apply: () => unknown): number | undefined {
  try {
    apply();
    return undefined;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    return error.status.code;
  }
}

test('what is copied is there twice', () => {
  expect(applyJsonPatch({ a: { b: 1 } }, [copy('/a', '/c') as never])).toEqual({
    a: { b: 1 },
    c: { b: 1 },
  });
});

test('copies that double the object with each operation are refused before it is large', () => {
  const bomb = Array.from({ length: 40 }, (_, index) => copy('/a', `/a/c${index}`));
  const before = process.memoryUsage().rss;
  expect(codeOf(() => applyJsonPatch({ a: { text: 'x'.repeat(1000) } }, bomb as never))).toBe(422);
  expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
});

test.for([
  ['from nowhere', [copy('/nope/deeper', '/c')]],
  ['of no operation', [null]],
  ['to where nothing can be', [copy('/a', '/x/y/z')]],
])('a patch %s does not apply', ([, patch]) => {
  expect(codeOf(() => applyJsonPatch({ a: 1 }, patch as never))).toBe(422);
});
