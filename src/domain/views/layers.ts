import type { KubeObject } from '#src/meta/object.ts';
import { compareText } from '../history.ts';
import { imageApiVersion, type Image, type ImageStream } from '../types.ts';
import { imagesInHistory } from './image-stream-image.ts';

/** One blob; the size of configs and manifests is not known. */
export interface ImageLayerData {
  size: number | null;
  mediaType: string;
}

/** What one image is made of. */
export interface ImageBlobReferences {
  imageMissing: boolean;
  layers: string[] | null;
  config: string | null;
  manifests?: string[];
}

/** `imagestreams/layers`: every blob that may be pulled through a stream. */
export interface ImageStreamLayers extends KubeObject {
  blobs: Record<string, ImageLayerData>;
  images: Record<string, ImageBlobReferences>;
}

interface Found {
  readonly blobs: Map<string, ImageLayerData>;
  readonly images: Map<string, ImageBlobReferences>;
}

const schema2Manifest = 'application/vnd.docker.distribution.manifest.v2+json';
/** The media type of the config, by that of the manifest; other manifests have no config blob. */
const configMediaTypes: ReadonlyMap<string, string> = new Map([
  [schema2Manifest, 'application/vnd.docker.container.image.v1+json'],
  ['application/vnd.oci.image.manifest.v1+json', 'application/vnd.oci.image.config.v1+json'],
]);

/** The blobs and images of every history item of a stream, the parts of indexes included. */
export function layersView(
  stream: ImageStream,
  imageOf: (name: string) => Image | undefined,
): ImageStreamLayers {
  const found: Found = { blobs: new Map(), images: new Map() };
  for (const name of imagesInHistory(stream)) addImage(found, name, imageOf);
  return {
    kind: 'ImageStreamLayers',
    apiVersion: imageApiVersion,
    metadata: stream.metadata,
    blobs: sortedRecord(found.blobs),
    images: sortedRecord(found.images),
  };
}

function addImage(found: Found, name: string, imageOf: (name: string) => Image | undefined): void {
  if (found.images.has(name)) return;
  const image = imageOf(name);
  if (image === undefined) {
    found.images.set(name, { imageMissing: true, layers: null, config: null });
    return;
  }
  const { dockerImageManifestMediaType: given = '' } = image;
  const mediaType = given === '' ? schema2Manifest : given;
  const manifests = (image.dockerImageManifests ?? []).map((manifest) => manifest.digest);
  found.images.set(name, referencesOf(image, manifests, configMediaTypes.get(mediaType)));
  addBlobs(found.blobs, image, mediaType);
  for (const manifest of manifests) addImage(found, manifest, imageOf);
}

function referencesOf(
  image: Image,
  manifests: string[],
  configMediaType: string | undefined,
): ImageBlobReferences {
  const layers = (image.dockerImageLayers ?? []).map((layer) => layer.name);
  const config = configMediaType === undefined ? '' : (image.dockerImageMetadata?.Id ?? '');
  return {
    imageMissing: false,
    layers: layers.length === 0 ? null : layers,
    config: config === '' ? null : config,
    ...(manifests.length === 0 ? {} : { manifests }),
  };
}

function addBlobs(blobs: Map<string, ImageLayerData>, image: Image, mediaType: string): void {
  for (const { name, size, mediaType: layerMediaType } of image.dockerImageLayers ?? [])
    blobs.set(name, { size, mediaType: layerMediaType });
  blobs.set(image.metadata.name ?? '', { size: null, mediaType });
  const configMediaType = configMediaTypes.get(mediaType);
  const config = image.dockerImageMetadata?.Id ?? '';
  if (configMediaType !== undefined && config !== '')
    blobs.set(config, { size: null, mediaType: configMediaType });
}

function sortedRecord<T>(entries: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...entries].toSorted(([a], [b]) => compareText(a, b)));
}
