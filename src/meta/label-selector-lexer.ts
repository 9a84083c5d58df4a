/** A piece of a label selector; `in` and `notin` are words, and the parser knows where they mean the operator. */
export interface Token {
  readonly kind: 'word' | 'mark' | 'end';
  readonly text: string;
}

const pattern = /\s*(?:(==|!=|[(),!=<>])|([^\s(),!=<>]+))/y;

/** Cuts a label selector into tokens, the last one being `end`. */
export function lexLabelSelector(text: string): readonly Token[] {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const [, mark, word] = match;
    if (mark !== undefined) tokens.push({ kind: 'mark', text: mark });
    else if (word !== undefined) tokens.push({ kind: 'word', text: word });
  }
  return [...tokens, { kind: 'end', text: '' }];
}
