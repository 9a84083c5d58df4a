import type { ResponseHeaders } from './messages.ts';

/** Bytes of all warnings of one answer together (kube-apiserver's limit); clients drop headers that grow too big. */
const maxBytes = 4096;

/** Collects warnings for the user; each is sent once, as a `Warning: 299` header (RFC 7234 5.5). */
export class Warnings {
  readonly #texts = new Set<string>();

  add(text: string): void {
    this.#texts.add(text);
  }

  headers(): ResponseHeaders {
    const values: string[] = [];
    let bytes = 0;
    for (const text of this.#texts) {
      // Node writes headers as Latin-1: its characters are made the bytes of UTF-8, which clients read.
      const value = Buffer.from(`299 - "${quotable(text)}"`).toString('latin1');
      bytes += value.length;
      if (bytes > maxBytes) break;
      values.push(value);
    }
    return values.length === 0 ? {} : { warning: values };
  }
}

function quotable(text: string): string {
  return text.replaceAll(/[^\P{Cc}\t]|\p{Zl}|\p{Zp}/gu, ' ').replaceAll(/[\\"]/g, String.raw`\$&`);
}
