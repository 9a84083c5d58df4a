import type { Sealing } from './json-objects.ts';
import { StoreError, type Entry, type Store } from './store.ts';

const pageSize = 100;

/**
 * Seals with the ring's first key every object that is sealed with another one. A body that is written meanwhile is sealed
 * with the first key anyway.
 * @returns how many objects were sealed anew
 * @throws {SealError} when a body does not open
 * @throws {StoreError} `Unavailable`
 */
export async function reseal(
  store: Store,
  { resources, keys }: Sealing,
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  for (const resource of resources) {
    let page = await store.list({ resource }, { limit: pageSize });
    for (;;) {
      for (const entry of page.entries) {
        if (signal.aborted) return count;
        if (keys.sealedBy(entry.body) !== keys.currentId && (await resealOne(entry))) count += 1;
      }
      const after = page.entries.at(-1)?.key;
      if (page.remaining === 0 || after === undefined) break;
      page = await store.list({ resource }, { limit: pageSize, after });
    }
  }
  return count;

  async function resealOne({ key, body, revision }: Entry): Promise<boolean> {
    try {
      await store.update(key, keys.seal(key, keys.open(key, body)), revision);
      return true;
    } catch (error) {
      const isOvertaken =
        error instanceof StoreError && (error.code === 'Conflict' || error.code === 'KeyNotFound');
      if (isOvertaken) return false;
      throw error;
    }
  }
}
