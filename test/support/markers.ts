/** Secrets that can be told from everything else, and the forms in which they may turn up. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Secrets by what they are. */
export class Markers {
  readonly #values = new Map<string, string>();

  /** A new secret; `what` names it when it is found where it should not be. */
  make(what: string): string {
    return this.add(what, `mk${randomBytes(12).toString('hex')}`);
  }

  /** A secret that somebody else made. */
  add(what: string, value: string): string {
    this.#values.set(what, value);
    return value;
  }

  /** Which of them a text or the bytes of a file hold, in any of their forms. */
  foundIn(content: string | Buffer): string[] {
    return [...this.#values]
      .filter(([, value]) => formsOf(value).some((form) => content.includes(form)))
      .map(([what]) => what);
  }

  /** As `foundIn`, for every file below a directory, with the name of the file. */
  foundInFiles(directory: string): string[] {
    const files = readdirSync(directory, { recursive: true, withFileTypes: true });
    return files
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .flatMap((file) => this.foundIn(contentOf(file)).map((what) => `${what} in ${file}`));
  }
}

/** Plain, in base64 at each alignment, in base64 of that, percent-encoded and in hexadecimal. */
function formsOf(value: string): string[] {
  const encoded = base64Forms(value);
  return [
    ...new Set([
      value,
      encodeURIComponent(value),
      JSON.stringify(value).slice(1, -1),
      Buffer.from(value).toString('hex'),
      ...encoded,
      ...encoded.flatMap(base64Forms),
    ]),
  ];
}

/** The characters of base64 that depend on nothing but the value, for the three places it may begin at in a group. */
function base64Forms(value: string): string[] {
  const bytes = Buffer.from(value);
  return [0, 1, 2].flatMap((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64');
    const stable = text.slice(
      Math.ceil((offset * 8) / 6),
      Math.floor(((offset + bytes.length) * 8) / 6),
    );
    return [stable, stable.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** What a process that still writes has in a file now. */
function contentOf(file: string): Buffer {
  const content = Buffer.alloc(statSync(file).size);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, content);
  closeSync(descriptor);
  return content;
}
