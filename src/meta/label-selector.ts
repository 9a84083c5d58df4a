import { lexLabelSelector, type Token } from './label-selector-lexer.ts';
import { labelValueErrors, qualifiedNameErrors } from './names.ts';

export type LabelOperator = 'exists' | 'absent' | 'in' | 'notin' | '=' | '!=' | '>' | '<';

/** One condition on one label. `values` is sorted and without doubles. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: LabelOperator;
  readonly values: readonly string[];
}

/** All requirements must hold; none selects everything. */
export type LabelSelector = readonly LabelRequirement[];

/** Why a label selector cannot be read, in the words of Kubernetes. */
export class SelectorError extends Error {
  override readonly name = 'SelectorError';
}

/**
 * Reads `a=b,c in (x,y),!d`, the `labelSelector` query parameter.
 * @throws {SelectorError} when it does not follow the grammar, or a key or value is not a legal label
 */
export function parseLabelSelector(text: string): LabelSelector {
  return new Parser(lexLabelSelector(text)).selector();
}

/** Whether an object with these labels is selected. `!=` and `notin` also select objects without the label. */
export function matchesLabels(
  selector: LabelSelector,
  labels: Readonly<Record<string, string>> | undefined,
): boolean {
  return selector.every((requirement) => matches(requirement, labels ?? {}));
}

function matches(
  { key, operator, values }: LabelRequirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  if (operator === 'absent') return value === undefined;
  if (operator === '!=' || operator === 'notin')
    return value === undefined || !values.includes(value);
  if (value === undefined) return false;
  if (operator === 'exists') return true;
  if (operator === '=' || operator === 'in') return values.includes(value);
  return integer.test(value) && compares(operator, BigInt(value), BigInt(values[0] ?? '0'));
}

function compares(operator: '>' | '<', value: bigint, limit: bigint): boolean {
  return operator === '>' ? value > limit : value < limit;
}

const integer = /^-?\d{1,19}$/;
const binary: ReadonlySet<string> = new Set(['in', 'notin', '=', '==', '!=', '>', '<']);

/**
 * The grammar of apimachinery's labels.Parse:
 *
 *     selector    = [ requirement { "," requirement } ]
 *     requirement = [ "!" ] KEY | KEY ( "=" | "==" | "!=" | ">" | "<" ) [ VALUE ] | KEY ( "in" | "notin" ) set
 *     set         = "(" [ VALUE ] { "," [ VALUE ] } ")"
 */
class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  selector(): LabelSelector {
    const requirements: LabelRequirement[] = [];
    if (this.#peek().kind === 'end') return requirements;
    if (!this.#startsRequirement())
      throw this.#unexpected("expected: !, identifier, or 'end of string'");
    for (;;) {
      requirements.push(this.#requirement());
      if (this.#peek().kind === 'end') return requirements;
      if (this.#peek().text !== ',') throw this.#unexpected("expected: ',' or 'end of string'");
      this.#position += 1;
      if (!this.#startsRequirement()) throw this.#unexpected("expected: identifier after ','");
    }
  }

  #requirement(): LabelRequirement {
    try {
      return this.#parsedRequirement();
    } catch (error) {
      if (error instanceof SelectorError)
        throw new SelectorError(`unable to parse requirement: ${error.message}`, { cause: error });
      throw error;
    }
  }

  #parsedRequirement(): LabelRequirement {
    const negated = this.#peek().text === '!' && this.#peek().kind === 'mark';
    if (negated) this.#position += 1;
    if (this.#peek().kind !== 'word') throw this.#unexpected('expected: identifier');
    const key = this.#next().text;
    const [problem] = qualifiedNameErrors(key);
    if (problem !== undefined)
      throw new SelectorError(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
    if (negated) return { key, operator: 'absent', values: [] };
    const token = this.#peek();
    if (token.kind === 'end' || token.text === ',') return { key, operator: 'exists', values: [] };
    if (!binary.has(token.text)) throw this.#unexpected('expected: in, notin, =, ==, !=, gt, lt');
    this.#position += 1;
    const operator = (token.text === '==' ? '=' : token.text) as LabelOperator;
    const values = operator === 'in' || operator === 'notin' ? this.#set() : [this.#value()];
    return { key, operator, values: checkedValues(operator, values) };
  }

  #value(): string {
    const token = this.#peek();
    if (token.kind === 'end' || token.text === ',') return '';
    if (token.kind !== 'word') throw this.#unexpected('expected: identifier');
    return this.#next().text;
  }

  #set(): string[] {
    if (this.#peek().text !== '(') throw this.#unexpected("expected: '('");
    this.#position += 1;
    const values: string[] = [];
    if (this.#peek().text === ')') {
      this.#position += 1;
      return values;
    }
    for (;;) {
      values.push(this.#peek().kind === 'word' ? this.#next().text : '');
      const token = this.#peek();
      if (token.text !== ',' && token.text !== ')') throw this.#unexpected("expected: ',' or ')'");
      this.#position += 1;
      if (token.text === ')') return values;
    }
  }

  #startsRequirement(): boolean {
    const token = this.#peek();
    return token.kind === 'word' || token.text === '!';
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: 'end', text: '' };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #unexpected(expected: string): SelectorError {
    return new SelectorError(`found '${this.#peek().text}', ${expected}`);
  }
}

function checkedValues(operator: LabelOperator, values: readonly string[]): readonly string[] {
  for (const value of values) {
    const [problem] = labelValueErrors(value);
    if (problem !== undefined)
      throw new SelectorError(`values[0]: Invalid value: ${JSON.stringify(value)}: ${problem}`);
    if ((operator === '>' || operator === '<') && !integer.test(value))
      throw new SelectorError(
        `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      );
  }
  return [...new Set(values)].toSorted((a, b) => (a < b ? -1 : 1));
}
