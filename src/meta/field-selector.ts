import { SelectorError } from './label-selector.ts';

/** One condition on one field of an object. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: '=' | '!=';
  readonly value: string;
}

export type FieldSelector = readonly FieldRequirement[];

/**
 * Reads `metadata.name=a,status.phase!=b`, the `fieldSelector` query parameter. A backslash escapes `,`, `=` and `\` in
 * a value.
 * @throws {SelectorError} when a term has no operator or an escape is broken
 */
export function parseFieldSelector(text: string): FieldSelector {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => parseTerm(term, text));
}

/** Whether an object with these field values is selected; a field that is not there is empty. */
export function matchesFields(
  selector: FieldSelector,
  fields: Readonly<Record<string, string>>,
): boolean {
  return selector.every(({ field, operator, value }) => {
    const actual = Object.hasOwn(fields, field) ? fields[field] : '';
    return operator === '=' ? actual === value : actual !== value;
  });
}

/** The value that the selector pins a field to, `undefined` when it leaves it open. */
export function requiredField(selector: FieldSelector, field: string): string | undefined {
  return selector.find((term) => term.field === field && term.operator === '=')?.value;
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let term = '';
  for (let index = 0; index < text.length; index += 1) {
    const char = text.charAt(index);
    if (char === '\\') {
      term += char + text.charAt(index + 1);
      index += 1;
    } else if (char === ',') {
      terms.push(term);
      term = '';
    } else term += char;
  }
  return [...terms, term];
}

const termPattern = /^(?<field>(?:[^=!\\]|\\.)*?)(?<operator>!=|==|=)(?<value>.*)$/s;

function parseTerm(term: string, selector: string): FieldRequirement {
  const groups = termPattern.exec(term)?.groups;
  if (groups === undefined)
    throw new SelectorError(`invalid selector: '${selector}'; can't understand '${term}'`);
  return {
    field: groups['field'] ?? '',
    operator: groups['operator'] === '!=' ? '!=' : '=',
    value: unescaped(groups['value'] ?? ''),
  };
}

function unescaped(value: string): string {
  return value.replaceAll(/\\(.?)|=/gs, (found, escaped: string | undefined) => {
    if (escaped === undefined || escaped === '' || !String.raw`\,=`.includes(escaped))
      throw new SelectorError(`invalid field selector: invalid escape sequence: ${found}`);
    return escaped;
  });
}
