/**
 * Challenges (RFC 9110, section 11.6.1):
 *
 *   WWW-Authenticate = 1#( scheme [ 1*SP ( token68 / #auth-param ) ] )
 *   auth-param       = token BWS "=" BWS ( token / quoted-string )
 *
 * Several header lines come joined by commas, and commas stand inside quoted strings too (scopes), so the text is
 * scanned, not split.
 */
import { ChallengeError } from '../errors/auth.ts';

export interface Challenge {
  /** Lower case: `bearer`, `basic`. */
  readonly scheme: string;
  readonly token68?: string;
  /** Names in lower case; no prototype. */
  readonly params: Readonly<Record<string, string>>;
}

const maxLength = 16 * 1024;
const maxChallenges = 32;

const tokenChar = /[!#$%&'*+\-.^_`|~0-9A-Za-z]/u;
const token68Char = /[A-Za-z0-9\-._~+/=]/u;

/**
 * All challenges, in order.
 * @throws {ChallengeError} when the text is longer than 16 KiB or is no list of challenges
 */
export function parseChallenges(values: string | readonly string[] | undefined): Challenge[] {
  const text = values === undefined ? '' : typeof values === 'string' ? values : values.join(', ');
  if (text.length > maxLength) throw new ChallengeError('the challenge is too long');
  return new Scanner(text).challenges();
}

interface Draft {
  scheme: string;
  token68?: string;
  params: Record<string, string>;
}

class Scanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  challenges(): Challenge[] {
    const found: Draft[] = [];
    this.#skip(', \t');
    while (this.#at < this.#text.length) {
      this.#element(found);
      this.#skip(' \t');
      if (this.#at < this.#text.length && this.#text[this.#at] !== ',') throw this.#problem();
      this.#skip(', \t');
    }
    return found;
  }

  /** One element of the list: a scheme with its first parameter, or a further parameter of the last scheme. */
  #element(found: Draft[]): void {
    const name = this.#run(tokenChar);
    if (name === '') throw this.#problem();
    const spaced = this.#skip(' \t');
    const current = found.at(-1);
    if (this.#text[this.#at] === '=' && current !== undefined) {
      this.#parameter(current, name);
      return;
    }
    if (found.length === maxChallenges) throw new ChallengeError('too many challenges');
    const draft: Draft = {
      scheme: name.toLowerCase(),
      params: Object.create(null) as Record<string, string>,
    };
    found.push(draft);
    if (spaced) this.#rest(draft);
  }

  /** What follows a scheme: nothing, a token68, or a parameter. */
  #rest(draft: Draft): void {
    const start = this.#at;
    const name = this.#run(tokenChar);
    this.#skip(' \t');
    if (name !== '' && this.#text[this.#at] === '=' && this.#isParameter()) {
      this.#parameter(draft, name);
      return;
    }
    this.#at = start;
    const value = this.#run(token68Char);
    if (value !== '') draft.token68 = value;
  }

  /** An `=` that pads a token68 is followed by nothing but more of them. */
  #isParameter(): boolean {
    let at = this.#at + 1;
    while (this.#text[at] === ' ' || this.#text[at] === '\t') at += 1;
    const next = this.#text[at];
    return next !== undefined && next !== '=' && next !== ',';
  }

  #parameter(draft: Draft, name: string): void {
    this.#at += 1;
    this.#skip(' \t');
    const value = this.#text[this.#at] === '"' ? this.#quoted() : this.#bare();
    const key = name.toLowerCase();
    // The first one counts: a later one cannot change what an earlier reader saw.
    draft.params[key] ??= value;
  }

  #quoted(): string {
    const parts: string[] = [];
    this.#at += 1;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined) throw this.#problem();
      this.#at += 1;
      if (char === '"') return parts.join('');
      if (char === '\\') {
        parts.push(this.#text[this.#at] ?? '');
        this.#at += 1;
      } else parts.push(char);
    }
  }

  /** More than a token, as servers write URLs and scopes without quotes. */
  #bare(): string {
    return this.#run(/[^\s,"]/u);
  }

  #run(pattern: RegExp): string {
    const start = this.#at;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || !pattern.test(char)) return this.#text.slice(start, this.#at);
      this.#at += 1;
    }
  }

  #skip(chars: string): boolean {
    const start = this.#at;
    for (;;) {
      const char = this.#text[this.#at];
      if (char === undefined || !chars.includes(char)) return this.#at > start;
      this.#at += 1;
    }
  }

  #problem(): ChallengeError {
    return new ChallengeError(`the challenge cannot be read (at ${this.#at})`);
  }
}
