/**
 * Small images described as values. What is made depends only on the description, so a digest that a test names stays
 * the same on every machine: see `recorded.ts` for images whose digests stand in the recordings of a real cluster.
 */
import { digestOf } from './digest.ts';
import { makeLayer, type LayerFiles } from './layer.ts';
import * as mediaTypes from './media-types.ts';

/** Bytes that a registry keeps under their digest. */
export interface Blob {
  readonly digest: string;
  readonly bytes: Buffer;
}

/** The platform of an image, as an index describes it. */
export interface Platform {
  readonly architecture: string;
  readonly os: string;
  readonly variant?: string;
}

/** A manifest with everything it refers to. */
export interface Manifest extends Blob {
  readonly mediaType: string;
  /** Config and layers. */
  readonly blobs: readonly Blob[];
  /** Manifests of an index. */
  readonly children: readonly Manifest[];
  readonly platform?: Platform;
  /** Annotations of the descriptor by which an index refers to this manifest. */
  readonly descriptorAnnotations?: Readonly<Record<string, string>>;
}

/** A manifest and where it is pushed; without tags it is pushed by digest. */
export interface Placement {
  readonly repository: string;
  readonly tags: readonly string[];
  readonly manifest: Manifest;
}

export type Format = 'docker' | 'oci';

/** What an image is made of. */
export interface ImageDescription {
  readonly layers: readonly LayerFiles[];
  /** The runtime part of the config: `Env`, `Cmd`, `Labels` … */
  readonly config: Readonly<Record<string, unknown>>;
  /** Default: docker. */
  readonly format?: Format;
  /** Default: amd64. */
  readonly architecture?: string;
  readonly variant?: string;
  /** Default: linux. */
  readonly os?: string;
  /** RFC 3339; default 2023-01-02T03:04:05Z. */
  readonly created?: string;
  /** Manifest annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Builds a single-platform image. */
export function makeImage(description: ImageDescription): Manifest {
  const format = description.format ?? 'docker';
  const layers = description.layers.map((files) => makeLayer(files));
  const platform: Platform = {
    architecture: description.architecture ?? 'amd64',
    os: description.os ?? 'linux',
    ...(description.variant !== undefined && { variant: description.variant }),
  };
  const config = makeBlob(
    JSON.stringify(
      imageConfig(
        description,
        platform,
        layers.map((layer) => layer.diffId),
      ),
    ),
  );
  const layerType = format === 'oci' ? mediaTypes.ociLayer : mediaTypes.dockerLayer;
  const blobs = layers.map(({ bytes }) => ({ digest: digestOf(bytes), bytes }));
  return {
    ...manifestOf({
      mediaType: format === 'oci' ? mediaTypes.ociManifest : mediaTypes.dockerManifest,
      config: descriptor(format === 'oci' ? mediaTypes.ociConfig : mediaTypes.dockerConfig, config),
      layers: blobs.map((blob) => descriptor(layerType, blob)),
      ...(description.annotations && { annotations: description.annotations }),
    }),
    blobs: [config, ...blobs],
    platform,
  };
}

/** Builds an OCI artifact: a manifest whose config is no image config. */
export function makeArtifact(
  config: { readonly mediaType: string; readonly text: string },
  layers: readonly { readonly mediaType: string; readonly text: string }[],
): Manifest {
  const configBlob = makeBlob(config.text);
  const blobs = layers.map((layer) => makeBlob(layer.text));
  return {
    ...manifestOf({
      mediaType: mediaTypes.ociManifest,
      config: descriptor(config.mediaType, configBlob),
      layers: layers.map((layer) => descriptor(layer.mediaType, makeBlob(layer.text))),
    }),
    blobs: [configBlob, ...blobs],
  };
}

/** Builds a Docker manifest list or an OCI index. */
export function makeIndex(children: readonly Manifest[], format: Format = 'docker'): Manifest {
  return {
    ...manifestOf({
      mediaType: format === 'oci' ? mediaTypes.ociIndex : mediaTypes.dockerManifestList,
      manifests: children.map((child) => ({
        ...descriptor(child.mediaType, child),
        ...(child.platform && { platform: child.platform }),
        ...(child.descriptorAnnotations && { annotations: child.descriptorAnnotations }),
      })),
    }),
    children,
  };
}

/** The config's digest, which is the image's `Id`; undefined for an index. */
export function configDigestOf(manifest: Manifest): string | undefined {
  return manifest.blobs[0]?.digest;
}

interface ManifestDocument {
  readonly mediaType: string;
  readonly [field: string]: unknown;
}

function imageConfig(
  description: ImageDescription,
  platform: Platform,
  diffIds: readonly string[],
): object {
  const created = description.created ?? '2023-01-02T03:04:05Z';
  return {
    architecture: platform.architecture,
    config: description.config,
    created,
    os: platform.os,
    rootfs: { type: 'layers', diff_ids: diffIds },
    ...(platform.variant !== undefined && { variant: platform.variant }),
    history: diffIds.map((_, index) => ({
      created,
      created_by: `/bin/sh -c #(nop) ADD layer${index}`,
    })),
    ...((description.format ?? 'docker') === 'docker' && {
      docker_version: '20.10.0',
      container_config: { ...description.config, Cmd: ['/bin/sh', '-c', '#(nop) '] },
      author: 'Oracle <o@example.com>',
    }),
  };
}

function manifestOf(document: ManifestDocument): Manifest {
  const bytes = Buffer.from(JSON.stringify({ schemaVersion: 2, ...document }, undefined, 3));
  return {
    digest: digestOf(bytes),
    bytes,
    mediaType: document.mediaType,
    blobs: [],
    children: [],
  };
}

function descriptor(mediaType: string, blob: Blob): object {
  return { mediaType, size: blob.bytes.length, digest: blob.digest };
}

function makeBlob(text: string): Blob {
  const bytes = Buffer.from(text);
  return { digest: digestOf(bytes), bytes };
}
