/** The content model: oras-go's `content` nouns. */
import type { Digest } from '../ref/digest.ts';
import type { Platform } from '../ref/platform.ts';

/** What a piece of content is, how long, and where (image-spec v1.1, descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly size: number;
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself, base64. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Milliseconds for the whole call; default `limits.operationMs`. */
  readonly deadlineMs?: number;
  /** Counted into, when given: several calls may share one. */
  readonly stats?: RequestStats;
  /**
   * Calls with a higher number leave their host's lane first; default 0. Across processes that share their budgets, those
   * below 0 give way to those above.
   */
  readonly priority?: number;
}

/** What calls cost. */
export interface RequestStats {
  /** Requests to registries and to where they redirect, each attempt counted. */
  requests: number;
  tokenRequests: number;
  /** Bytes of bodies. */
  bytes: number;
  retries: number;
  /** Milliseconds spent waiting between attempts. */
  waitedMs: number;
}

/** Counters at zero. */
export function emptyStats(): RequestStats {
  return { requests: 0, tokenRequests: 0, bytes: 0, retries: 0, waitedMs: 0 };
}

/** oras-go: content.Fetcher. */
export interface Fetcher {
  fetch(descriptor: Descriptor, options?: CallOptions): Promise<VerifiedBody>;
}

/** Streams content; the last piece is delivered only after size and digest have matched. */
export interface VerifiedBody extends AsyncIterable<Uint8Array> {
  readonly descriptor: Descriptor;
  /**
   * All of it.
   * @param max bytes, at most; default the descriptor's size
   */
  bytes(max?: number): Promise<Uint8Array>;
  /** Stops the transfer. Needed when the content is not read to its end. */
  cancel(): void;
}

/** Whose content: nothing is found under another registry, repository or credential. */
export interface CacheScope {
  readonly registry: string;
  readonly repository: string;
  /** A fingerprint, never the secret; `anonymous` without one. */
  readonly credential: string;
}

/** How content is got that is not known. */
export interface WantedContent {
  /** Undefined for what other answers say differently each time. */
  readonly fetch: () => Promise<Uint8Array | undefined>;
  /** As of `CallOptions`. */
  readonly priority: number;
}

/** Content that was fetched and verified before. */
export interface ContentCache {
  get(scope: CacheScope, descriptor: Descriptor): Promise<Uint8Array | undefined>;
  put(scope: CacheScope, descriptor: Descriptor, bytes: Uint8Array): Promise<void>;
  /**
   * Content as `get` finds it, else as `fetch` brings it, which is then kept. Who wants what another with the same scope
   * is fetching may wait for that one. Default: `get`, `fetch`, `put`.
   * @returns undefined when `fetch` says that it is not to be kept
   * @throws {Error} as `fetch` does
   */
  obtain?(
    scope: CacheScope,
    descriptor: Descriptor,
    wanted: WantedContent,
  ): Promise<Uint8Array | undefined>;
}
