/** Content by digest, as it was fetched from a repository: manifests and configs, which never change. */
export interface ContentKey {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
}

/** What is known of content: itself, or who is to fetch it now, the one who asked (`ours`) or another (`theirs`). */
export type ContentClaim = { readonly bytes: Uint8Array } | 'ours' | 'theirs';

export interface Contents {
  get(key: ContentKey): Promise<Uint8Array | undefined>;
  /**
   * As `get`. Where nothing is kept, the first who asks is to fetch it, and then to put it or give it up; it is the next
   * one's when that does not happen within ten seconds.
   */
  claim(key: ContentKey): Promise<ContentClaim>;
  /** Keeps it, a moment later and together with others; what is lost on the way is fetched again when it is wanted. */
  put(key: ContentKey, bytes: Uint8Array): void;
  /** Ends a claim of this process without content. */
  giveUp(key: ContentKey): void;
  /** Waits for the one who has claimed it; undefined when that one gave it up, or after `ms`. */
  arrival(key: ContentKey, ms: number): Promise<Uint8Array | undefined>;
}
