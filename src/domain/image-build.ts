import { dockerImage, parsedObject } from './docker-image.ts';
import { exactReference, pinnedTo, type DockerImageReference } from './reference.ts';
import {
  dockerLayersOrderAnnotation,
  type DockerImage,
  type Image,
  type ImageLayer,
  type ImageManifest,
} from './types.ts';

interface Named {
  /** The pull spec as the user wrote it; the image's reference keeps its spelling. */
  readonly reference: DockerImageReference;
  /** Digest of the manifest, the name of the image. */
  readonly digest: string;
  /** What the manifest says of itself, else what it was served as; empty when neither says. */
  readonly mediaType: string;
  /** The raw manifest, kept only where the request asks for it. */
  readonly manifestText?: string;
}

export interface Descriptor {
  readonly digest: string;
  readonly size: number;
  readonly mediaType: string;
}

/** Docker schema 2 and OCI manifests, artifacts included. */
interface ManifestInput extends Named {
  readonly kind: 'manifest';
  readonly layers: readonly Descriptor[];
  readonly config: {
    readonly digest: string;
    /** Length in bytes. */
    readonly size: number;
    /** The parsed config; what is no object gives an image without metadata. */
    readonly document: unknown;
    readonly text?: string;
  };
}

/** A docker manifest list or OCI index that is kept as it is (importMode PreserveOriginal). */
export interface IndexInput extends Named {
  readonly kind: 'index';
  readonly manifests: readonly (Descriptor & {
    readonly platform?: {
      readonly architecture?: string;
      readonly os?: string;
      readonly variant?: string;
    };
  })[];
  /** RFC 3339; an index has no creation time of its own. */
  readonly now: string;
}

/** Docker schema 1: layers and history newest first, as in the manifest. */
interface Schema1Input extends Named {
  readonly kind: 'schema1';
  readonly fsLayers: readonly string[];
  /** The v1Compatibility texts. */
  readonly history: readonly string[];
}

export type BuildInput = ManifestInput | IndexInput | Schema1Input;

export type BuiltImage =
  | { readonly ok: true; readonly image: Image }
  | { readonly ok: false; readonly error: string };

const schema1LayerMediaType = 'application/vnd.docker.container.image.rootfs.diff+x-gtar';
const schema1MediaType = 'application/vnd.docker.distribution.manifest.v1+json';
const schema2MediaType = 'application/vnd.docker.distribution.manifest.v2+json';

/** The Image of a manifest, field by field as OpenShift stores it (library-go image/imageutil). */
export function buildImage(input: BuildInput): BuiltImage {
  if (input.kind === 'schema1') return fromSchema1(input);
  return { ok: true, image: input.kind === 'index' ? fromIndex(input) : fromManifest(input) };
}

/** Bytes of the distinct layers; one layer listed twice counts once. */
function distinctSize(layers: readonly Pick<ImageLayer, 'name' | 'size'>[]): number {
  return [...new Map(layers.map((layer) => [layer.name, layer.size])).values()].reduce(
    (total, size) => total + size,
    0,
  );
}

/** The digests whose sizes the manifest did not say; non-empty only for an image of total size 0. */
export function layersToMeasure(image: Image): string[] {
  if ((image.dockerImageMetadata?.Size ?? 0) !== 0) return [];
  return [...new Set((image.dockerImageLayers ?? []).map((layer) => layer.name))];
}

/** The image with measured layers; `configSize` is 0 where there is no config blob. */
export function withLayerSizes(
  image: Image,
  sizes: ReadonlyMap<string, number>,
  configSize: number,
): Image {
  const layers = (image.dockerImageLayers ?? []).map(({ name, size, mediaType }) => ({
    name,
    size: sizes.get(name) ?? size,
    mediaType,
  }));
  const metadata = image.dockerImageMetadata;
  if (metadata === undefined || metadata === null) return { ...image, dockerImageLayers: layers };
  const counted = layers.some((layer) => layer.name === metadata.Id);
  const size = distinctSize(layers) + (counted ? 0 : configSize);
  return { ...image, dockerImageMetadata: withSize(metadata, size), dockerImageLayers: layers };
}

function fromManifest(input: ManifestInput): Image {
  const { config } = input;
  const layers = input.layers.map((layer) => ({
    name: layer.digest,
    size: layer.size,
    mediaType: layer.mediaType,
  }));
  const size = distinctSize([...layers, { name: config.digest, size: config.size }]);
  return {
    ...head(input, true),
    dockerImageMetadata: dockerImage(config.digest, config.document, size),
    dockerImageMetadataVersion: '1.0',
    ...raw(input),
    ...(layers.length === 0 ? {} : { dockerImageLayers: layers }),
    dockerImageManifestMediaType: input.mediaType === '' ? schema2MediaType : input.mediaType,
    ...(config.text === undefined ? {} : { dockerImageConfig: config.text }),
  };
}

function fromIndex(input: IndexInput): Image {
  const { now } = input;
  const manifests = input.manifests.map(({ digest, mediaType, size, platform }): ImageManifest => {
    const { architecture = '', os = '', variant = '' } = platform ?? {};
    const described = { digest, mediaType, manifestSize: size, architecture, os };
    return variant === '' ? described : { ...described, variant };
  });
  return {
    ...head(input, false),
    dockerImageMetadata: { ...dockerImage(input.digest, {}, 0), Created: now },
    dockerImageMetadataVersion: '1.0',
    ...raw(input),
    dockerImageManifestMediaType: input.mediaType,
    dockerImageManifests: manifests,
  };
}

function fromSchema1(input: Schema1Input): BuiltImage {
  const { history, fsLayers, digest } = input;
  if (history.length === 0)
    return failed('image has no v1Compatibility history and cannot be used');
  if (history.length !== fsLayers.length)
    return failed(
      `the image ${digest} (${imageReference(input)}) has mismatched history and fslayer cardinality (${history.length} != ${fsLayers.length})`,
    );
  const documents = history.map(parsedObject);
  const [newest] = documents;
  if (newest === undefined) return failed('failed to parse v1Compatibility history');
  const layers = fsLayers
    .map((name, index) => ({
      name,
      size: sizeOf(documents[index]),
      mediaType: schema1LayerMediaType,
    }))
    .toReversed();
  const id = typeof newest['id'] === 'string' ? newest['id'] : '';
  return {
    ok: true,
    image: {
      ...head(input, true),
      dockerImageMetadata: dockerImage(id, newest, distinctSize(layers)),
      dockerImageMetadataVersion: '1.0',
      ...raw(input),
      dockerImageLayers: layers,
      dockerImageManifestMediaType: input.mediaType === '' ? schema1MediaType : input.mediaType,
    },
  };
}

function head(input: Named, hasLayers: boolean): Pick<Image, 'metadata' | 'dockerImageReference'> {
  const annotations = { [dockerLayersOrderAnnotation]: 'ascending' };
  return {
    metadata: {
      name: input.digest,
      creationTimestamp: null,
      ...(hasLayers ? { annotations } : {}),
    },
    dockerImageReference: imageReference(input),
  };
}

function imageReference(input: Named): string {
  return exactReference(pinnedTo(input.reference, input.digest));
}

function raw(input: Named): Pick<Image, 'dockerImageManifest'> {
  return input.manifestText === undefined ? {} : { dockerImageManifest: input.manifestText };
}

function withSize(metadata: DockerImage, size: number): DockerImage {
  const { Size: _old, ...rest } = metadata;
  return size === 0 ? rest : { ...rest, Size: size };
}

function sizeOf(document: Record<string, unknown> | undefined): number {
  const size = document?.['Size'];
  return typeof size === 'number' && Number.isSafeInteger(size) && size >= 0 ? size : 0;
}

function failed(error: string): BuiltImage {
  return { ok: false, error };
}
