import {
  buildImage,
  layersToMeasure,
  withLayerSizes,
  type BuildInput,
  type BuiltImage,
} from '#src/domain/image-build.ts';
import type { DockerImageReference } from '#src/domain/reference.ts';
import type { Image } from '#src/domain/types.ts';
import type { ParsedManifest } from '#src/oci/manifest/types.ts';
import type { ImageFacts, ImportedImage } from '#src/oci/registry/types.ts';

/** How an image is to be spelled and what of it is kept. */
export interface BuildContext {
  /** The pull spec as the user wrote it. */
  readonly reference: DockerImageReference;
  /** RFC 3339; an index has no creation time of its own. */
  readonly now: string;
  /** Keep the raw manifest and config. */
  readonly includeManifest: boolean;
}

/** The image that a tag is to point at, with the images of its index where that is kept. */
export type BuiltImport =
  | { readonly ok: true; readonly image: Image; readonly manifests?: Image[] }
  | { readonly ok: false; readonly error: string };

/** The images of what a registry answered. One that cannot be built fails them all. */
export function buildImport(imported: ImportedImage, context: BuildContext): BuiltImport {
  const children: Image[] = [];
  for (const facts of imported.images) {
    const built = builtImage(facts, context);
    if (!built.ok) return built;
    children.push(built.image);
  }
  const { manifest, top, selected } = imported;
  if (manifest?.kind !== 'index' || selected.digest !== top.digest) {
    const [image] = children;
    return image === undefined
      ? { ok: false, error: 'the registry answered without an image' }
      : { ok: true, image };
  }
  const index = buildImage(indexInput(manifest, context));
  return index.ok ? { ...index, manifests: children } : index;
}

function builtImage(facts: ImageFacts, context: BuildContext): BuiltImage {
  const built = buildImage(imageInput(facts, context));
  if (!built.ok || layersToMeasure(built.image).length === 0) return built;
  // The manifest says no sizes (schema 1): the client has asked for each layer's.
  const sizes = new Map(facts.layers.map((layer) => [String(layer.digest), layer.size]));
  return { ok: true, image: withLayerSizes(built.image, sizes, facts.config?.length ?? 0) };
}

function imageInput(facts: ImageFacts, context: BuildContext): BuildInput {
  const { manifest, config: bytes, configJson } = facts;
  const named = nameOf(manifest, context);
  if (manifest.kind === 'schema1') return { kind: 'schema1', ...named, ...historyOf(manifest) };
  const { layers, config } = manifest;
  return {
    kind: 'manifest',
    ...named,
    layers,
    config: {
      digest: config?.digest ?? '',
      size: bytes?.length ?? config?.size ?? 0,
      document: configJson,
      ...(context.includeManifest && bytes !== undefined ? { text: textOf(bytes) } : {}),
    },
  };
}

function indexInput(manifest: ParsedManifest, context: BuildContext): BuildInput {
  const { manifests } = manifest;
  // OpenShift keeps the raw text of images only, whatever is asked for.
  const named = nameOf(manifest, { ...context, includeManifest: false });
  return { kind: 'index', ...named, manifests, now: context.now };
}

function nameOf(
  manifest: ParsedManifest,
  { reference, includeManifest }: BuildContext,
): Pick<BuildInput, 'reference' | 'digest' | 'mediaType' | 'manifestText'> {
  const { digest, mediaType } = manifest.descriptor;
  return {
    reference,
    digest,
    mediaType,
    ...(includeManifest ? { manifestText: textOf(manifest.raw) } : {}),
  };
}

interface Schema1Document {
  readonly fsLayers?: readonly { readonly blobSum?: string }[];
  readonly history?: readonly { readonly v1Compatibility?: string }[];
}

/** The client has read the manifest strictly, so its parts have these types. */
function historyOf(manifest: ParsedManifest): { fsLayers: string[]; history: string[] } {
  const document = JSON.parse(textOf(manifest.raw)) as Schema1Document;
  return {
    fsLayers: (document.fsLayers ?? []).map(({ blobSum = '' }) => blobSum),
    history: (document.history ?? []).map(({ v1Compatibility = '' }) => v1Compatibility),
  };
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('utf8');
}
