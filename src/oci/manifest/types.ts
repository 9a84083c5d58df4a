import type { Descriptor } from '../content/types.ts';
import type { Digest } from '../ref/digest.ts';
import type { Platform } from '../ref/platform.ts';

export type ManifestKind = 'image' | 'index' | 'artifact' | 'schema1';

/** A manifest that was read strictly; maps in it have no prototype. */
export interface ParsedManifest {
  readonly kind: ManifestKind;
  readonly descriptor: Descriptor;
  readonly raw: Uint8Array;
  /** Images and artifacts. */
  readonly config?: Descriptor;
  /** Lowest first. Sizes of schema 1 layers are 0: the manifest does not say them. */
  readonly layers: readonly Descriptor[];
  /** Children of an index. */
  readonly manifests: readonly Descriptor[];
  readonly subject?: Descriptor;
  readonly artifactType?: string;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface ParseLimits {
  readonly maxBytes?: number;
  readonly maxDepth?: number;
  /** Children of an index. */
  readonly maxDescriptors?: number;
}

export interface LayerFacts {
  readonly digest: Digest;
  readonly size: number;
  readonly mediaType: string;
  /** Stored elsewhere; never fetched. */
  readonly foreign: boolean;
}

export interface ImageFacts {
  readonly descriptor: Descriptor;
  readonly manifest: ParsedManifest;
  /** Bytes of the image config; none for artifacts and schema 1. */
  readonly config?: Uint8Array;
  readonly configJson?: unknown;
  readonly platform?: Platform;
  /** Bytes of distinct layers, plus the config unless it is one of them (OpenShift's rule). */
  readonly size: number;
  readonly layers: readonly LayerFacts[];
}
