import { dockerImageDocument, isRecord } from './docker-image.ts';
import { buildImage, type BuildInput, type Descriptor, type ManifestInput } from './image-build.ts';
import { referenceOf } from './reference.ts';
import type { Image } from './types.ts';

/** Written by a registry that keeps manifest and config itself, so that the record need not. */
const blobStoredAnnotation = 'image.openshift.io/manifestBlobStored';
const managedSignatureAnnotation = 'image.openshift.io/managed-signature';

/**
 * An image as a client creates it, ready to be stored: metadata, layers and parts filled in from the raw manifest and
 * config where they are missing, metadata reduced to the fields that are known, and raw documents dropped that the registry
 * keeps. A manifest that cannot be read changes nothing.
 * @param now RFC 3339; the creation time of an index
 */
export function imageToCreate(image: Image, now: string): Image {
  const filled = isComplete(image) ? image : withManifest(image, now);
  return withoutLegacyMarks(
    withoutKeptBlobs({
      ...filled,
      dockerImageMetadata: dockerImageDocument(filled.dockerImageMetadata),
      dockerImageMetadataVersion: '1.0',
    }),
  );
}

/**
 * An image that replaces another: what describes the image's content stays as it was, and a raw document is taken only
 * if `digestOf` shows that it belongs to the image.
 */
export function imageToUpdate(next: Image, old: Image, digestOf: (text: string) => string): Image {
  const {
    dockerImageMetadata: _metadata,
    dockerImageMetadataVersion: _version,
    dockerImageLayers: _layers,
    dockerImageSignatures: _signatures,
    dockerImageManifest: manifest = '',
    dockerImageConfig: config = '',
    ...rest
  } = next;
  const takesManifest = manifest === '' || digestOf(manifest) === old.metadata.name;
  const manifestText = takesManifest ? manifest : (old.dockerImageManifest ?? '');
  const takesConfig = config === '' || digestOf(config) === configDigest(manifestText);
  const configText = takesConfig ? config : (old.dockerImageConfig ?? '');
  return withoutLegacyMarks(
    withoutKeptBlobs({
      ...rest,
      ...kept(old, 'dockerImageMetadata'),
      ...kept(old, 'dockerImageMetadataVersion'),
      ...(manifestText === '' ? {} : { dockerImageManifest: manifestText }),
      ...kept(old, 'dockerImageLayers'),
      ...kept(old, 'dockerImageSignatures'),
      ...(configText === '' ? {} : { dockerImageConfig: configText }),
    }),
  );
}

function kept<K extends keyof Image>(image: Image, field: K): Pick<Image, K> | object {
  return image[field] === undefined ? {} : { [field]: image[field] };
}

/** Layers, size and media type are there: nothing is read from the manifest. */
function isComplete(image: Image): boolean {
  return (
    (image.dockerImageLayers ?? []).length > 0 &&
    (image.dockerImageMetadata?.Size ?? 0) > 0 &&
    (image.dockerImageManifestMediaType ?? '') !== ''
  );
}

function withManifest(image: Image, now: string): Image {
  const input = inputOf(image, now);
  const built = input === undefined ? undefined : buildImage(input);
  if (built?.ok !== true) return image;
  const { metadata, dockerImageReference: _reference, ...facts } = built.image;
  return {
    ...image,
    ...facts,
    metadata: {
      ...image.metadata,
      annotations: { ...image.metadata.annotations, ...metadata.annotations },
    },
  };
}

function inputOf(image: Image, now: string): BuildInput | undefined {
  const manifest = parsed(image.dockerImageManifest ?? '');
  const reference = referenceOf(image.dockerImageReference ?? '');
  if (manifest === undefined || reference === undefined) return undefined;
  const named = {
    reference,
    digest: image.metadata.name ?? '',
    mediaType: textOf(manifest['mediaType']) || (image.dockerImageManifestMediaType ?? ''),
  };
  if (Array.isArray(manifest['manifests'])) {
    const manifests = manifest['manifests'].filter(isRecord).map((part) => ({
      ...descriptorOf(part),
      ...(isRecord(part['platform']) ? { platform: part['platform'] } : {}),
    }));
    return { kind: 'index', ...named, manifests, now };
  }
  return manifestInput(manifest, parsed(image.dockerImageConfig ?? ''), named);
}

function manifestInput(
  manifest: Record<string, unknown>,
  document: Record<string, unknown> | undefined,
  named: Pick<ManifestInput, 'reference' | 'digest' | 'mediaType'>,
): ManifestInput | undefined {
  const { config, layers } = manifest;
  if (!isRecord(config) || !Array.isArray(layers)) return undefined;
  const { digest, size } = descriptorOf(config);
  return {
    kind: 'manifest',
    ...named,
    layers: layers.filter(isRecord).map(descriptorOf),
    config: { digest, size, document },
  };
}

function descriptorOf(value: Record<string, unknown>): Descriptor {
  const size = value['size'];
  return {
    digest: textOf(value['digest']),
    size: typeof size === 'number' ? size : 0,
    mediaType: textOf(value['mediaType']),
  };
}

function configDigest(manifestText: string): string | undefined {
  const config = parsed(manifestText)?.['config'];
  return isRecord(config) ? textOf(config['digest']) : undefined;
}

function withoutKeptBlobs(image: Image): Image {
  if (image.metadata.annotations?.[blobStoredAnnotation] !== 'true') return image;
  const { dockerImageManifest: _manifest, dockerImageConfig: _config, ...rest } = image;
  return rest;
}

function withoutLegacyMarks(image: Image): Image {
  const { signatures } = image;
  if (signatures === undefined) return image;
  return {
    ...image,
    signatures: signatures.map((signature) => {
      const { annotations, ...metadata } = signature.metadata;
      const entries = Object.entries(annotations ?? {}).filter(
        ([key]) => key !== managedSignatureAnnotation,
      );
      return entries.length === 0
        ? { ...signature, metadata }
        : { ...signature, metadata: { ...metadata, annotations: Object.fromEntries(entries) } };
    }),
  };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function parsed(text: string): Record<string, unknown> | undefined {
  if (text === '') return undefined;
  try {
    const document: unknown = JSON.parse(text);
    return isRecord(document) ? document : undefined;
  } catch {
    return undefined;
  }
}
