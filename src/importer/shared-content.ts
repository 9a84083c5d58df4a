import { withinMs } from '#src/lib/within.ts';
import type {
  CacheScope,
  ContentCache,
  Descriptor,
  WantedContent,
} from '#src/oci/content/types.ts';

import { createContentCache } from './content-cache.ts';

interface Key {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
}

/** Where all processes keep content. */
export interface SharedContents {
  get(key: Key): Promise<Uint8Array | undefined>;
  /** Content, or who is to fetch it now. */
  claim(key: Key): Promise<{ readonly bytes: Uint8Array } | 'ours' | 'theirs'>;
  put(key: Key, bytes: Uint8Array): void;
  /** Ends a claim without content. */
  giveUp(key: Key): void;
  /** What another process fetches; undefined when it gives up, or takes longer. */
  arrival(key: Key, ms: number): Promise<Uint8Array | undefined>;
}

/** How long the schedule, and people, wait for another to fetch what they want before they fetch it themselves. */
const patienceMs = { schedule: 10_000, people: 3_000 } as const;

/**
 * Content that any process has fetched from the same repository, in memory and in the record, or is fetching: what several
 * want at one time is fetched once. It is looked up below a manifest that the registry has just shown to the credential
 * that asks, and registries let in by the repository: so nobody finds what they could not fetch. Another repository's
 * content is never found by its digest alone.
 */
export function createSharedContent(
  shared: SharedContents,
  memory = createContentCache(),
): ContentCache {
  /** What this process is fetching. */
  const underway = new Map<string, Promise<Uint8Array | undefined>>();

  async function keep(scope: CacheScope, descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    await memory.put(inRepository(scope), descriptor, bytes);
    shared.put(keyOf(scope, descriptor), bytes);
  }

  async function fetched(
    scope: CacheScope,
    descriptor: Descriptor,
    { fetch }: WantedContent,
  ): Promise<Uint8Array | undefined> {
    const bytes = await fetch();
    if (bytes !== undefined) await keep(scope, descriptor, bytes);
    return bytes;
  }

  async function claimed(
    scope: CacheScope,
    descriptor: Descriptor,
    wanted: WantedContent,
  ): Promise<Uint8Array | undefined> {
    const key = keyOf(scope, descriptor);
    // Without the database nothing is shared.
    const claim = await shared.claim(key).catch(() => 'theirs' as const);
    const known =
      claim === 'theirs'
        ? await shared.arrival(key, patienceOf(wanted)).catch(() => undefined)
        : claim === 'ours'
          ? undefined
          : claim.bytes;
    if (known !== undefined) {
      await memory.put(inRepository(scope), descriptor, known);
      return known;
    }
    let bytes: Uint8Array | undefined;
    try {
      bytes = await fetched(scope, descriptor, wanted);
      return bytes;
    } finally {
      if (claim === 'ours' && bytes === undefined) shared.giveUp(key);
    }
  }

  return {
    async get(scope, descriptor) {
      const near = inRepository(scope);
      const known = await memory.get(near, descriptor);
      if (known !== undefined) return known;
      const bytes = await shared.get(keyOf(scope, descriptor)).catch(() => undefined);
      if (bytes !== undefined) await memory.put(near, descriptor, bytes);
      return bytes;
    },
    put: keep,
    async obtain(scope, descriptor, wanted) {
      const known = await memory.get(inRepository(scope), descriptor);
      if (known !== undefined) return known;
      const name = JSON.stringify(keyOf(scope, descriptor));
      const fetching = underway.get(name);
      if (fetching !== undefined) {
        const bytes = await withinMs(patienceOf(wanted), fetching).catch(() => undefined);
        // What kept the other from it need not keep this one.
        return bytes ?? (await fetched(scope, descriptor, wanted));
      }
      const own = claimed(scope, descriptor, wanted);
      underway.set(name, own);
      try {
        return await own;
      } finally {
        underway.delete(name);
      }
    },
  };
}

function patienceOf({ priority }: WantedContent): number {
  return priority > 0 ? patienceMs.people : patienceMs.schedule;
}

function inRepository({ registry, repository }: CacheScope): CacheScope {
  return { registry, repository, credential: '' };
}

function keyOf({ registry, repository }: CacheScope, { digest }: Descriptor): Key {
  return { registry, repository, digest };
}
