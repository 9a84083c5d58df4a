import type { CacheScope, ContentCache, Descriptor } from '#src/oci/content/types.ts';

import { createContentCache } from './content-cache.ts';

/** Where all processes keep content. */
export interface SharedContents {
  get(key: {
    readonly registry: string;
    readonly repository: string;
    readonly digest: string;
  }): Promise<Uint8Array | undefined>;
  put(
    key: { readonly registry: string; readonly repository: string; readonly digest: string },
    bytes: Uint8Array,
  ): void;
}

/**
 * Content that any process has fetched from the same repository, in memory and in the record. It is looked up below a
 * manifest that the registry has just shown to the credential that asks, and registries let in by the repository: so
 * nobody finds what they could not fetch. Another repository's content is never found by its digest alone.
 */
export function createSharedContent(
  shared: SharedContents,
  memory = createContentCache(),
): ContentCache {
  return {
    async get(scope, descriptor) {
      const near = inRepository(scope);
      const known = await memory.get(near, descriptor);
      if (known !== undefined) return known;
      const bytes = await shared.get(keyOf(scope, descriptor)).catch(() => undefined);
      if (bytes !== undefined) await memory.put(near, descriptor, bytes);
      return bytes;
    },
    async put(scope, descriptor, bytes) {
      await memory.put(inRepository(scope), descriptor, bytes);
      shared.put(keyOf(scope, descriptor), bytes);
    },
  };
}

function inRepository({ registry, repository }: CacheScope): CacheScope {
  return { registry, repository, credential: '' };
}

function keyOf(
  { registry, repository }: CacheScope,
  { digest }: Descriptor,
): { registry: string; repository: string; digest: string } {
  return { registry, repository, digest };
}
