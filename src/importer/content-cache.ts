import type { CacheScope, ContentCache, Descriptor } from '#src/oci/content/types.ts';

/** Bytes of manifests and configs kept per process: some ten thousand images. */
const defaultMaxBytes = 64 * 1024 * 1024;

/**
 * Verified content of registries, least recently used first out. Content is found again only by the credential that
 * fetched it from the very repository: a digest alone must not open another tenant's image.
 */
export function createContentCache(maxBytes = defaultMaxBytes): ContentCache {
  const entries = new Map<string, Uint8Array>();
  let total = 0;

  function evict(): void {
    for (const [key, bytes] of entries) {
      if (total <= maxBytes) return;
      entries.delete(key);
      total -= bytes.length;
    }
  }

  return {
    get(scope, descriptor) {
      const key = keyOf(scope, descriptor);
      const bytes = entries.get(key);
      if (bytes !== undefined) {
        entries.delete(key);
        entries.set(key, bytes);
      }
      return Promise.resolve(bytes);
    },
    put(scope, descriptor, bytes) {
      const key = keyOf(scope, descriptor);
      if (!entries.has(key) && bytes.length <= maxBytes) {
        entries.set(key, bytes);
        total += bytes.length;
        evict();
      }
      return Promise.resolve();
    },
  };
}

function keyOf(scope: CacheScope, descriptor: Descriptor): string {
  return JSON.stringify([scope.registry, scope.repository, scope.credential, descriptor.digest]);
}
