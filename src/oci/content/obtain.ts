import type { Operation } from '../net/operation.ts';
import type { CacheScope, ContentCache, Descriptor } from './types.ts';
import { verifyContent } from './verify.ts';

/** Content that is wanted, and by whom. */
export interface Wanted {
  readonly cache: ContentCache | undefined;
  readonly scope: CacheScope;
  readonly descriptor: Descriptor;
  readonly operation: Operation;
}

/** How it is read from where it is kept, and got where it is not. */
export interface Sources<T> {
  read(bytes: Uint8Array): T;
  load(): Promise<T>;
  /** What is to be kept of what was loaded; undefined for nothing. */
  bytesOf(loaded: T): Uint8Array | undefined;
}

/**
 * Content from the cache, every byte verified again, or loaded and kept.
 * @throws {OciError} when it cannot be had, or the operation is over first
 */
export async function obtain<T>(wanted: Wanted, sources: Sources<T>): Promise<T> {
  const { cache, scope, descriptor, operation } = wanted;
  const loaded: T[] = [];
  const fetch = async (): Promise<Uint8Array | undefined> => {
    const found = await sources.load();
    loaded.push(found);
    return sources.bytesOf(found);
  };
  const { priority } = operation;
  const bytes =
    cache?.obtain === undefined
      ? await getOrFetch(wanted, fetch)
      : await operation.wait(cache.obtain(scope, descriptor, { fetch, priority }));
  for (const own of loaded) return own;
  if (bytes === undefined) throw new Error('a cache answered without content and did not fetch it');
  verifyContent(bytes, descriptor, { registry: scope.registry, repository: scope.repository });
  return sources.read(bytes);
}

async function getOrFetch(
  { cache, scope, descriptor }: Wanted,
  fetch: () => Promise<Uint8Array | undefined>,
): Promise<Uint8Array | undefined> {
  const known = await cache?.get(scope, descriptor);
  if (known !== undefined) return known;
  const bytes = await fetch();
  if (bytes !== undefined) await cache?.put(scope, descriptor, bytes);
  return bytes;
}
