/** Content by digest, as it was fetched from a repository: manifests and configs, which never change. */
export interface ContentKey {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
}

export interface Contents {
  get(key: ContentKey): Promise<Uint8Array | undefined>;
  /** Keeps it, a moment later and together with others; what is lost on the way is fetched again when it is wanted. */
  put(key: ContentKey, bytes: Uint8Array): void;
}
