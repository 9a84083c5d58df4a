/** What a repository can be asked: oras-go's nouns, and the importer's one call. */
import type { CredentialUse } from '../auth/credential.ts';
import type {
  CallOptions,
  ContentCache,
  Descriptor,
  Fetcher,
  RequestStats,
} from '../content/types.ts';
import type { RateInfo } from '../events.ts';
import type { PlatformPolicy } from '../manifest/select.ts';
import type { ImageFacts, ParsedManifest, ParseLimits } from '../manifest/types.ts';
import type { Digest } from '../ref/digest.ts';
import type { Reference } from '../ref/reference.ts';

export type { ImageFacts, LayerFacts, ParsedManifest } from '../manifest/types.ts';

/** Last known state of a tag. */
export interface KnownTag {
  readonly digest: Digest;
  readonly etag?: string | undefined;
  /** `acceptProfile` of the answer it comes from; another profile makes it void. */
  readonly acceptProfile: string;
}

export interface ResolveOptions extends CallOptions {
  /** Lets the client answer "unchanged" with one request. */
  readonly known?: KnownTag;
  /** Default `auto`: what the host's profile says. */
  readonly method?: 'auto' | 'head' | 'get' | 'conditional-get';
}

export type ResolveResult =
  | {
      readonly kind: 'unchanged';
      readonly digest: Digest;
      readonly via: '304' | 'head' | 'get';
      readonly rate?: RateInfo | undefined;
      readonly servedBy: string;
      readonly credential: CredentialUse;
    }
  | {
      readonly kind: 'resolved';
      readonly descriptor: Descriptor;
      readonly etag?: string | undefined;
      readonly acceptProfile: string;
      /** False: taken from a HEAD, no content seen yet. */
      readonly verified: boolean;
      /** Set when the answer came from a GET; verified. */
      readonly body?: Uint8Array;
      readonly rate?: RateInfo | undefined;
      readonly warnings: readonly string[];
      readonly servedBy: string;
      readonly credential: CredentialUse;
    };

/** oras-go: content.Resolver. */
export interface Resolver {
  /** @param reference a tag or a digest */
  resolve(reference: string, options?: ResolveOptions): Promise<ResolveResult>;
}

/** A manifest with where it came from. */
export interface FetchedManifest extends ParsedManifest {
  readonly etag?: string | undefined;
  readonly rate?: RateInfo | undefined;
  readonly warnings: readonly string[];
  readonly servedBy: string;
  readonly credential: CredentialUse;
}

export interface ManifestStore extends Fetcher, Resolver {
  exists(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
  /** GET by tag or digest; the content is hashed, compared and parsed. */
  get(reference: string, options?: CallOptions & ParseLimits): Promise<FetchedManifest>;
}

export interface BlobStore extends Fetcher {
  /** Size by HEAD; the media type is the registry's, usually `application/octet-stream`. */
  stat(digest: Digest, options?: CallOptions): Promise<Descriptor>;
  exists(descriptor: Descriptor, options?: CallOptions): Promise<boolean>;
}

export interface TagPage {
  readonly tags: readonly string[];
  /** Elements that are no tags. */
  readonly ignored: number;
  /** Registries of Google's list the digests with the tags. */
  readonly digests?: ReadonlyMap<string, Digest>;
}

export interface TagListOptions extends CallOptions {
  readonly pageSize?: number;
  readonly last?: string;
  /** Default `limits.pages`. */
  readonly maxPages?: number;
  /** Default `limits.tags`. */
  readonly maxTags?: number;
}

export interface ReferrersOptions extends CallOptions {
  readonly artifactType?: string;
  readonly maxPages?: number;
  /** Default true: ask for the tag `sha256-…` where there is no referrers API. */
  readonly tagFallback?: boolean;
}

/** oras-go: remote.Repository. */
export interface Repository extends Fetcher, Resolver {
  readonly reference: Reference;
  readonly manifests: ManifestStore;
  readonly blobs: BlobStore;
  tags(options?: TagListOptions): AsyncIterable<TagPage>;
  referrers(subject: Descriptor, options?: ReferrersOptions): AsyncIterable<Descriptor>;
  /**
   * Manifest, children, configs and sizes of a tag or digest, every byte verified.
   * @throws {NoMatchingPlatformError} when the policy chooses none of an index's children
   */
  importImage(reference: string, options: ImportOptions): Promise<ImportedImage>;
}

export interface ImportOptions extends CallOptions, ParseLimits {
  readonly known?: KnownTag;
  /**
   * What the tag is to be read as. From the cache where `toldTo` says as whom the registry was asked a moment ago; a size
   * of 0 is not known.
   */
  readonly seen?: Descriptor;
  readonly toldTo?: CredentialUse;
  /** The tag is not read either when the registry has `seen` no more; default false. */
  readonly seenOnly?: boolean;
  /** `legacy`: one platform of an index; `preserve-original`: the index with all of its images. */
  readonly mode: 'legacy' | 'preserve-original';
  readonly platform?: PlatformPolicy;
  /** Consulted only for what this registry, repository and credential fetched before. */
  readonly cache?: ContentCache;
  readonly maxChildren?: number;
}

export interface ImportedImage {
  /** True: the tag still has the known digest; nothing else was fetched and `images` is empty. */
  readonly unchanged: boolean;
  /** What the tag or digest names. */
  readonly top: Descriptor;
  /** The image that was chosen; `top` unless a legacy import chose a child. */
  readonly selected: Descriptor;
  /** Legacy: the one image. Preserve-original: the children of an index in its order, or the one image. */
  readonly images: readonly ImageFacts[];
  /** The top manifest; missing when unchanged. */
  readonly manifest?: ParsedManifest;
  /** Children of an index that are no images. */
  readonly skipped: readonly { readonly descriptor: Descriptor; readonly why: string }[];
  readonly acceptProfile: string;
  readonly etag?: string | undefined;
  readonly rate?: RateInfo | undefined;
  readonly warnings: readonly string[];
  readonly stats: RequestStats;
  readonly servedBy: string;
  readonly credential: CredentialUse;
}
