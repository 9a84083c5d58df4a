import { setTimeout as sleep } from 'node:timers/promises';

import { expect, test } from 'vitest';

import { parseJson, parseJsonOrYaml } from '#src/apiserver/decode/parse.ts';

const secret = 'c2VjcmV0LW1hcmtlcg';

test.for([
  `{"data": ${secret}}`,
  `{"data": "${secret}"`,
  `{"data": "${secret}" "x"}`,
  `"${secret}`,
  `data: "${secret}`,
  `data: ${secret}: x`,
  `data: |x\n  ${secret}`,
  `{data: ${secret}`,
  `- ${secret}\ndata: x`,
])('what is wrong with %j is said without it', (text) => {
  for (const parse of [parseJson, parseJsonOrYaml]) {
    const message = messageOf(() => parse(text));
    expect(message).not.toContain(secret);
  }
});

test('what is wrong with YAML is said once, with its place', () => {
  expect(messageOf(() => parseJsonOrYaml('a: 1\nb: "x" "y" "z"\n'))).toBe(
    'Unexpected double-quoted-scalar at node end at line 2, column 8',
  );
});

test('YAML of more than a MiB is not read, JSON is', () => {
  const long = 'x'.repeat(1024 * 1024);
  expect(messageOf(() => parseJsonOrYaml(`a: ${long}`))).toContain('send JSON');
  expect(parseJsonOrYaml(JSON.stringify({ a: long }))).toEqual({ a: long });
});

test.for([
  `!<tag:x> ${secret}`,
  `!!js/function "${secret}"`,
  `%YAML 9.9\n---\ndata: ${secret}`,
  `? [${secret}]\n: b`,
])('the parser of YAML warns nobody of %j', async (text) => {
  const warnings: Error[] = [];
  const listener = (warning: Error): number => warnings.push(warning);
  process.on('warning', listener);
  messageOf(() => parseJsonOrYaml(text));
  await sleep(10);
  process.off('warning', listener);
  expect(warnings).toEqual([]);
});

function messageOf(run: () => unknown): string {
  try {
    run();
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}
