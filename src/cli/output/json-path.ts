import { CliError } from '../errors.ts';
import { jsonText } from './documents.ts';

/**
 * kubectl's JSONPath templates, the part that scripts use: text and `{…}` expressions with `.field`, `['field']`,
 * `[n]`, `[a:b]`, `[*]`, `.*`, `..field`, `[?(@.field == 'value')]`, `{"text"}`, and `{range …}…{end}`.
 * @throws {CliError} when the template cannot be read
 */
export function evaluateJsonPath(root: unknown, template: string): string {
  const { nodes } = parseNodes(tokens(template), 0, false);
  return render(nodes, root, root);
}

/**
 * Everything that a path without braces (`.metadata.name`) leads to, in order.
 * @throws {CliError} when the path cannot be read
 */
export function valuesAt(root: unknown, path: string): unknown[] {
  return evaluate(parsePath(path), root, root);
}

type Token = { readonly text: string } | { readonly expression: string };

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'path'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly body: readonly Node[] };

type Step =
  | { readonly kind: 'root' }
  | { readonly kind: 'current' }
  | { readonly kind: 'all' }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'descend'; readonly name: string }
  | {
      readonly kind: 'slice';
      readonly from?: number;
      readonly to?: number;
      readonly single: boolean;
    }
  | {
      readonly kind: 'filter';
      readonly left: readonly Step[];
      readonly operator: string;
      readonly right: unknown;
    };

function tokens(template: string): Token[] {
  const found: Token[] = [];
  let at = 0;
  while (at < template.length) {
    const open = template.indexOf('{', at);
    if (open !== at) {
      const text = template.slice(at, open < 0 ? undefined : open);
      found.push({ text });
      at += text.length;
      continue;
    }
    const close = closingBrace(template, open);
    found.push({ expression: template.slice(open + 1, close).trim() });
    at = close + 1;
  }
  return found;
}

function closingBrace(template: string, open: number): number {
  let quote = '';
  for (let at = open + 1; at < template.length; at += 1) {
    const char = template[at] ?? '';
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (char === '"' || char === "'") {
      quote = char;
    } else if (char === '}') {
      return at;
    }
  }
  throw invalid(`unclosed action: ${template.slice(open)}`);
}

function parseNodes(
  list: readonly Token[],
  start: number,
  inRange: boolean,
): { nodes: Node[]; next: number } {
  const nodes: Node[] = [];
  let at = start;
  while (at < list.length) {
    const token = list[at];
    at += 1;
    if (token === undefined) break;
    if ('text' in token) {
      nodes.push({ kind: 'text', text: token.text });
    } else if (token.expression === 'end') {
      if (!inRange) throw invalid('{end} without {range}');
      return { nodes, next: at };
    } else if (token.expression.startsWith('range ')) {
      const body = parseNodes(list, at, true);
      nodes.push({
        kind: 'range',
        steps: parsePath(token.expression.slice('range '.length).trim()),
        body: body.nodes,
      });
      at = body.next;
    } else {
      nodes.push(expressionNode(token.expression));
    }
  }
  if (inRange) throw invalid('{range} without {end}');
  return { nodes, next: at };
}

function expressionNode(expression: string): Node {
  const literal = /^(["'])(.*)\1$/s.exec(expression);
  return literal === null
    ? { kind: 'path', steps: parsePath(expression) }
    : { kind: 'text', text: unescaped(literal[2] ?? '') };
}

const stepPatterns: readonly (readonly [RegExp, (match: RegExpExecArray) => Step])[] = [
  [/^\$/, () => ({ kind: 'root' })],
  [/^@/, () => ({ kind: 'current' })],
  [/^\.\.([\w-]+)/, ([, name = '']) => ({ kind: 'descend', name })],
  [/^(?:\.?\[\*\]|\.\*)/, () => ({ kind: 'all' })],
  [/^\.?\[(-?\d+)\]/, ([, n]) => ({ kind: 'slice', from: Number(n), single: true })],
  [
    /^\.?\[(-?\d*):(-?\d*)\]/,
    ([, from = '', to = '']) => ({
      kind: 'slice',
      single: false,
      ...(from === '' ? {} : { from: Number(from) }),
      ...(to === '' ? {} : { to: Number(to) }),
    }),
  ],
  [/^\.?\[(["'])(.*?)\1\]/, ([, , name = '']) => ({ kind: 'field', name })],
  [/^\[\?\((.*?)\)\]/, ([, condition = '']) => filterStep(condition)],
  [/^\.((?:[^.[\]\\\s]|\\.)+)/, ([, name = '']) => ({ kind: 'field', name: unescaped(name) })],
  [/^\.$/, () => ({ kind: 'current' })],
  [/^([\w-]+)/, ([, name = '']) => ({ kind: 'field', name })],
];

function parsePath(path: string): Step[] {
  const steps: Step[] = [];
  let rest = path;
  while (rest !== '') {
    const step = nextStep(rest);
    if (step === undefined) throw invalid(`cannot read ${path}`);
    steps.push(step.step);
    rest = rest.slice(step.length);
  }
  return steps;
}

function nextStep(rest: string): { step: Step; length: number } | undefined {
  for (const [pattern, make] of stepPatterns) {
    const match = pattern.exec(rest);
    if (match !== null) return { step: make(match), length: match[0].length };
  }
  return undefined;
}

function filterStep(condition: string): Step {
  const match = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/.exec(condition.trim());
  if (match === null)
    return { kind: 'filter', left: parsePath(condition.trim()), operator: 'exists', right: true };
  const [, left = '', operator = '', right = ''] = match;
  return { kind: 'filter', left: parsePath(left), operator, right: literalOf(right.trim()) };
}

function literalOf(text: string): unknown {
  const quoted = /^(["'])(.*)\1$/s.exec(text);
  if (quoted !== null) return quoted[2];
  if (text === 'true' || text === 'false') return text === 'true';
  return Number(text);
}

function render(nodes: readonly Node[], root: unknown, current: unknown): string {
  return nodes
    .map((node) => {
      if (node.kind === 'text') return node.text;
      const values = evaluate(node.steps, root, current);
      return node.kind === 'path'
        ? values.map((value) => shown(value)).join(' ')
        : values.map((value) => render(node.body, root, value)).join('');
    })
    .join('');
}

function evaluate(steps: readonly Step[], root: unknown, current: unknown): unknown[] {
  let values = [current];
  for (const step of steps) values = values.flatMap((value) => apply(step, value, root));
  return values;
}

function apply(step: Step, value: unknown, root: unknown): unknown[] {
  if (step.kind === 'root') return [root];
  if (step.kind === 'current') return [value];
  if (step.kind === 'all') return childrenOf(value);
  if (step.kind === 'field') return fieldOf(value, step.name);
  if (step.kind === 'slice') return sliceOf(value, step);
  if (step.kind === 'filter') return childrenOf(value).filter((item) => holds(step, item, root));
  return [value, ...descendants(value)].flatMap((each) => fieldOf(each, step.name));
}

function sliceOf(value: unknown, step: Extract<Step, { kind: 'slice' }>): unknown[] {
  const list = Array.isArray(value) ? (value as unknown[]) : [];
  if (!step.single) return list.slice(step.from, step.to);
  const item = list.at(step.from ?? 0);
  return item === undefined ? [] : [item];
}

function holds(step: Extract<Step, { kind: 'filter' }>, item: unknown, root: unknown): boolean {
  const [left] = evaluate(step.left, root, item);
  const right = step.right as number;
  switch (step.operator) {
    case 'exists':
      return left !== undefined;
    case '==':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return (left as number) < right;
    case '<=':
      return (left as number) <= right;
    case '>':
      return (left as number) > right;
    default:
      return (left as number) >= right;
  }
}

function childrenOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  return typeof value === 'object' && value !== null ? Object.values(value) : [];
}

function descendants(value: unknown): unknown[] {
  return childrenOf(value).flatMap((child) => [child, ...descendants(child)]);
}

function fieldOf(value: unknown, name: string): unknown[] {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return [];
  return [(value as Record<string, unknown>)[name]];
}

function shown(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null
    ? JSON.stringify(JSON.parse(jsonText(value)))
    : String(value);
}

function unescaped(text: string): string {
  const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };
  return text.replaceAll(/\\(.)/gs, (_whole, char: string) => escapes[char] ?? char);
}

function invalid(message: string): CliError {
  return new CliError(`error parsing jsonpath: ${message}`, 2);
}
