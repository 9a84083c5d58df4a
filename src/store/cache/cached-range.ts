import type { Entry, Key, ListOptions, Page, StoreEvent } from '../store.ts';

/** The entries of one range, or of one key, in key order; every event of the range is applied to it. */
export class CachedRange {
  #entries: readonly Entry[];
  #revision: number;
  #characters = 0;

  /** @param revision what the entries were read at; 0 when that is not known */
  constructor(entries: readonly Entry[], revision: number) {
    this.#entries = entries;
    this.#revision = revision;
    for (const { body } of entries) this.#characters += body.length;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** Nothing in the range has changed since this revision. */
  get revision(): number {
    return this.#revision;
  }

  /** Length of all bodies. */
  get characters(): number {
    return this.#characters;
  }

  /** Follows an event of the range; answers false when it does not fit what is here, which is of no use then. */
  apply({ type, key, revision, body }: StoreEvent): boolean {
    if (revision <= this.#revision) return true;
    const index = this.#indexOf(key);
    const old = this.#at(index, key);
    if ((type === 'create' && old !== undefined) || (type === 'update' && old === undefined))
      return false;
    const { createRevision = revision } = old ?? {};
    this.#revision = revision;
    this.#replace(index, old, type === 'delete' ? [] : [{ key, revision, createRevision, body }]);
    return true;
  }

  /** A page as of `revision`, which must not be older than the last change. */
  page(revision: number, { limit, after }: ListOptions): Page {
    const start = after === undefined ? 0 : this.#indexBehind(after);
    const end = limit === undefined ? this.#entries.length : start + limit;
    const entries = this.#entries.slice(start, end);
    return { revision, entries, remaining: Math.max(0, this.#entries.length - end) };
  }

  #indexBehind(after: Place): number {
    const index = this.#indexOf(after);
    return this.#at(index, after) === undefined ? index : index + 1;
  }

  /** Copies, because lists that were handed out are read on. */
  #replace(index: number, old: Entry | undefined, by: readonly Entry[]): void {
    this.#entries = this.#entries.toSpliced(index, old === undefined ? 0 : 1, ...by);
    this.#characters += (by[0]?.body.length ?? 0) - (old?.body.length ?? 0);
  }

  #at(index: number, key: Place): Entry | undefined {
    const entry = this.#entries[index];
    return entry !== undefined && compareKeys(entry.key, key) === 0 ? entry : undefined;
  }

  /** Where a key is, or would be put. */
  #indexOf(key: Place): number {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const entry = this.#entries[middle];
      if (entry !== undefined && compareKeys(entry.key, key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

type Place = Pick<Key, 'namespace' | 'name'>;

function compareKeys(a: Place, b: Place): number {
  return compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

/** From here on UTF-16, in which JavaScript compares, sorts differently from UTF-8, in which the record does. */
const otherOrder = 0xd8_00;

function compareText(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  let index = 0;
  while (index < shorter && a.charCodeAt(index) === b.charCodeAt(index)) index += 1;
  if (index === shorter) return a.length - b.length;
  const [left, right] = [a.charCodeAt(index), b.charCodeAt(index)];
  return left < otherOrder && right < otherOrder
    ? left - right
    : Buffer.compare(Buffer.from(a), Buffer.from(b));
}
