import { frozen } from '#src/lib/frozen.ts';
import type { KubeObject } from '#src/meta/object.ts';

import type { Entry, Key } from '../store.ts';

/** What is parsed takes several times as much memory as its text. */
const maxCharacters = 16 * 1024 * 1024;

/** A body with where and when it was written. */
type Stored = Pick<Entry, 'key' | 'revision' | 'body'>;

interface Parsed {
  readonly key: Key;
  readonly body: string;
  readonly object: KubeObject;
}

/**
 * Objects by the revision that wrote them, so that each body is parsed once. They are shared by all readers and frozen.
 * What was used least recently goes first.
 */
export class ParsedBodies {
  readonly #parsed = new Map<number, Parsed>();
  #characters = 0;

  /** The object of a body; `parse` makes one that nobody else has. */
  objectOf({ key, revision, body }: Stored, parse: () => KubeObject): KubeObject {
    const known = this.#parsed.get(revision);
    if (known !== undefined) this.#drop(revision, known);
    // A record that was restored from a backup writes other bodies under the same revisions, and whoever copies rows must
    // not have a sealed body opened under another name.
    const isSame = known !== undefined && known.body === body && isSameKey(known.key, key);
    const parsed = isSame ? known : { key, body, object: frozen(parse()) };
    this.#parsed.set(revision, parsed);
    this.#characters += body.length;
    for (const [oldest, entry] of this.#parsed) {
      if (this.#characters <= maxCharacters) break;
      this.#drop(oldest, entry);
    }
    return parsed.object;
  }

  #drop(revision: number, { body }: Parsed): void {
    this.#parsed.delete(revision);
    this.#characters -= body.length;
  }
}

function isSameKey(a: Key, b: Key): boolean {
  return a.name === b.name && a.namespace === b.namespace && a.resource === b.resource;
}
