import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { matchesFields, parseFieldSelector, requiredField } from '#src/meta/field-selector.ts';
import { matchesLabels, parseLabelSelector, SelectorError } from '#src/meta/label-selector.ts';

/** Answers of apimachinery: kind, quoted selector, OK or ERR, canonical form or message. */
const golden = readFileSync(
  new URL('../golden/kubernetes-api/goldens-status-selectors-smp.tsv', import.meta.url),
  'utf8',
)
  .split('\n')
  .map((line) => line.split('\t'));

const rows = (kind: string): { text: string; valid: boolean; expected: string }[] =>
  golden
    .filter(([name]) => name === kind)
    .map(([, text = '', verdict, expected = '']) => ({
      text: JSON.parse(text) as string,
      valid: verdict === 'OK',
      expected,
    }));

describe('label selectors', () => {
  test.for(rows('SEL').filter(({ valid }) => valid))(
    '$text means what apimachinery writes as $expected',
    ({ text, expected }) => {
      expect(parseLabelSelector(text)).toEqual(parseLabelSelector(expected));
    },
  );

  test.for(rows('SEL').filter(({ valid }) => !valid))(
    '$text is refused in the words of apimachinery',
    ({ text, expected }) => {
      expect(() => parseLabelSelector(text)).toThrow(new SelectorError(expected));
    },
  );

  test.for([
    { selector: '', labels: {}, selected: true },
    { selector: 'a=1', labels: { a: '1' }, selected: true },
    { selector: 'a=1', labels: { a: '2' }, selected: false },
    { selector: 'a==1', labels: {}, selected: false },
    { selector: 'a!=1', labels: {}, selected: true },
    { selector: 'a!=1', labels: { a: '1' }, selected: false },
    { selector: 'a in (1,2)', labels: { a: '2' }, selected: true },
    { selector: 'a in (1,2)', labels: {}, selected: false },
    { selector: 'a in (1,)', labels: { a: '' }, selected: true },
    { selector: 'a notin (1)', labels: {}, selected: true },
    { selector: 'a notin (1)', labels: { a: '1' }, selected: false },
    { selector: 'a', labels: { a: '' }, selected: true },
    { selector: '!a', labels: { a: '' }, selected: false },
    { selector: '!a', labels: {}, selected: true },
    { selector: 'a>1', labels: { a: '10' }, selected: true },
    { selector: 'a>1', labels: { a: '1' }, selected: false },
    { selector: 'a<5', labels: { a: 'x' }, selected: false },
    { selector: 'a=1,b=2', labels: { a: '1' }, selected: false },
    { selector: 'constructor', labels: {}, selected: false },
    { selector: 'in in (in)', labels: { in: 'in' }, selected: true },
  ])('$selector on $labels selects: $selected', ({ selector, labels, selected }) => {
    expect(matchesLabels(parseLabelSelector(selector), labels)).toBe(selected);
  });
});

describe('field selectors', () => {
  test.for(rows('FSEL').filter(({ valid }) => valid))(
    '$text means what apimachinery writes as $expected',
    ({ text, expected }) => {
      expect(parseFieldSelector(text)).toEqual(parseFieldSelector(expected));
    },
  );

  test.for(rows('FSEL').filter(({ valid }) => !valid))(
    '$text is refused in the words of apimachinery',
    ({ text, expected }) => {
      expect(() => parseFieldSelector(text)).toThrow(new SelectorError(expected));
    },
  );

  test('a backslash takes the meaning off a comma', () => {
    expect(parseFieldSelector(String.raw`a=b\,c`)).toEqual([
      { field: 'a', operator: '=', value: 'b,c' },
    ]);
  });

  test('a field that is not there is empty', () => {
    expect(matchesFields(parseFieldSelector('a='), {})).toBe(true);
    expect(matchesFields(parseFieldSelector('a!='), {})).toBe(false);
  });

  test('only equality pins a field to a value', () => {
    expect(requiredField(parseFieldSelector('b!=2,a=1'), 'a')).toBe('1');
    expect(requiredField(parseFieldSelector('a!=1'), 'a')).toBeUndefined();
  });
});
