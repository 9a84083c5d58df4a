import type { Entry, Key, Range, StoreEvent } from '../store.ts';
import { CachedRange } from './cached-range.ts';

/** Bodies are one byte a character nearly always; what is parsed from them is larger, and bounded where that is kept. */
const maxCharacters = 32 * 1024 * 1024;
const maxRangeCharacters = maxCharacters / 2;
/** What is kept of an empty range or a key that does not exist costs something too. */
const overhead = 256;

/** What was read from the database. */
export interface Loaded {
  readonly entries: readonly Entry[];
  /** As of which revision; 0 when that is not known. */
  readonly revision: number;
  /** False when it is only a part of the range. */
  readonly isWhole: boolean;
}

/**
 * What was read before, as new as the events that it was told of. What was used least recently goes first.
 *
 * Whoever reads from it must make sure that it was told of everything the reader has to see.
 */
export class ReadCache {
  readonly #ranges = new Map<string, CachedRange>();
  /** Events that came while a range was being read. */
  readonly #loading = new Map<string, StoreEvent[]>();
  #characters = 0;

  has(id: string): boolean {
    return this.#ranges.has(id);
  }

  find(id: string): CachedRange | undefined {
    const range = this.#ranges.get(id);
    if (range === undefined) return undefined;
    this.#ranges.delete(id);
    this.#ranges.set(id, range);
    return range;
  }

  /** Reads a range and keeps it, unless somebody else is reading it, or it is too large, or history was lost meanwhile. */
  async load<L extends Loaded>(id: string, read: () => Promise<L>): Promise<L> {
    if (this.#loading.has(id)) return await read();
    const missed: StoreEvent[] = [];
    this.#loading.set(id, missed);
    try {
      const loaded = await read();
      if (loaded.isWhole && this.#loading.get(id) === missed) this.#keep(id, loaded, missed);
      return loaded;
    } finally {
      if (this.#loading.get(id) === missed) this.#loading.delete(id);
    }
  }

  /** Follows an event; each must be told once and in order. */
  apply(event: StoreEvent): void {
    for (const id of idsOf(event.key)) {
      this.#loading.get(id)?.push(event);
      const range = this.#ranges.get(id);
      if (range === undefined) continue;
      this.#characters -= sizeOf(range);
      if (range.apply(event)) this.#characters += sizeOf(range);
      else this.#ranges.delete(id);
    }
    this.#shrink();
  }

  /** The body of a key at a revision, when it is known. */
  bodyAt(key: Key, revision: number): string | undefined {
    const entry = this.#ranges.get(keyId(key))?.entries[0];
    return entry?.revision === revision ? entry.body : undefined;
  }

  /** Keeps an object that was just made, since it is read again soon. */
  keepCreated(entry: Entry): void {
    const { key, revision } = entry;
    const id = keyId(key);
    if (this.#ranges.has(id)) return;
    this.#keep(id, { entries: [entry], revision, isWhole: true }, []);
  }

  clear(): void {
    this.#ranges.clear();
    this.#loading.clear();
    this.#characters = 0;
  }

  #keep(id: string, { entries, revision }: Loaded, missed: readonly StoreEvent[]): void {
    // What does not exist does not say when it was so, so what came meanwhile may be older or newer.
    if (revision === 0 && missed.length > 0) return;
    const range = new CachedRange(entries, revision);
    if (range.characters > maxRangeCharacters || !missed.every((event) => range.apply(event)))
      return;
    const old = this.#ranges.get(id);
    if (old !== undefined) this.#characters -= sizeOf(old);
    this.#ranges.set(id, range);
    this.#characters += sizeOf(range);
    this.#shrink();
  }

  #shrink(): void {
    for (const [id, range] of this.#ranges) {
      if (this.#characters <= maxCharacters) return;
      this.#ranges.delete(id);
      this.#characters -= sizeOf(range);
    }
  }
}

/** What one object is kept under. PostgreSQL takes no zero byte, so no two keys have the same. */
export function keyId({ resource, namespace, name }: Key): string {
  return `${resource}\0${namespace}\0${name}`;
}

/** What a list is kept under. */
export function rangeId({ resource, namespace }: Range): string {
  return namespace === undefined ? resource : `${resource}\0${namespace}`;
}

function idsOf(key: Key): string[] {
  return [keyId(key), rangeId(key), key.resource];
}

function sizeOf({ characters }: CachedRange): number {
  return characters + overhead;
}
