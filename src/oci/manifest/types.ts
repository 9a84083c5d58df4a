import type { Descriptor } from '../content/types.ts';

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
