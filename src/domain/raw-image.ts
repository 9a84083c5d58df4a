import { normalDockerImage, parsedObject } from './docker-image.ts';
import { buildImage, type BuildInput } from './image-build.ts';
import { parseManifest, type ParsedManifest } from './manifest-parse.ts';
import { referenceOf } from './reference.ts';
import { dockerLayersOrderAnnotation, type Image, type ImageSignature } from './types.ts';

/** Says that the registry itself holds manifest and config, so the record need not. */
const manifestBlobStoredAnnotation = 'image.openshift.io/manifestBlobStored';
const managedSignatureAnnotation = 'image.openshift.io/managed-signature';

/** The digests of texts, `sha256:…`; hashing is the caller's. */
export interface Digests {
  /** By which a manifest is known; that of a signed one of schema 1 leaves out the signatures. */
  readonly ofManifest: (text: string) => string;
  readonly ofConfig: (text: string) => string;
}

/**
 * An image as a client creates it: metadata filled from its raw manifest where it has one, in the form of the type, and
 * without what the registry keeps. A manifest that cannot be read leaves the rest as it was sent (openshift-apiserver registry/image).
 * @param now RFC 3339; the creation time of an index
 */
export function imageToCreate(image: Image, now: string): Image {
  return withoutStoredBlobs(normalised(withManifestFacts(image, now)));
}

/**
 * An image as a client updates it: what describes the content is kept from the old one, and a new raw manifest or
 * config counts only when it is empty, or really is the manifest or config of this image.
 */
export function imageToUpdate(next: Image, old: Image, digests: Digests): Image {
  const {
    dockerImageMetadata: _metadata,
    dockerImageMetadataVersion: _version,
    dockerImageLayers: _layers,
    dockerImageSignatures: _signatures,
    dockerImageManifest: manifest = '',
    dockerImageConfig: config = '',
    ...rest
  } = next;
  const name = old.metadata.name ?? '';
  const keptManifest =
    manifest === '' || digests.ofManifest(manifest) === name
      ? manifest
      : (old.dockerImageManifest ?? '');
  const keptConfig =
    config === '' || digests.ofConfig(config) === configDigest(keptManifest)
      ? config
      : (old.dockerImageConfig ?? '');
  return withoutStoredBlobs(
    normalised({
      ...rest,
      ...pick(old, 'dockerImageMetadata'),
      ...pick(old, 'dockerImageMetadataVersion'),
      ...pick(old, 'dockerImageLayers'),
      ...pick(old, 'dockerImageSignatures'),
      ...(keptManifest === '' ? {} : { dockerImageManifest: keptManifest }),
      ...(keptConfig === '' ? {} : { dockerImageConfig: keptConfig }),
    }),
  );
}

function withManifestFacts(image: Image, now: string): Image {
  const text = image.dockerImageManifest ?? '';
  const manifest =
    text === '' ? undefined : parseManifest(text, image.dockerImageManifestMediaType);
  if (manifest === undefined) return image;
  const ordered = withAscendingLayers(image, manifest);
  if (isComplete(ordered)) return ordered;
  const input = buildInput(ordered, manifest, now);
  const built = input === undefined ? undefined : buildImage(input);
  return built === undefined || !built.ok ? ordered : merged(ordered, built.image);
}

function isComplete(image: Image): boolean {
  return (
    (image.dockerImageLayers ?? []).length > 0 &&
    (image.dockerImageMetadata?.Size ?? 0) > 0 &&
    (image.dockerImageManifestMediaType ?? '') !== ''
  );
}

/** Pushed layers of schema 2 and OCI images come topmost first unless an annotation says otherwise. */
function withAscendingLayers(image: Image, manifest: ParsedManifest): Image {
  const layers = image.dockerImageLayers ?? [];
  if (layers.length === 0 || manifest.kind === 'index') return image;
  const said = image.metadata.annotations?.[dockerLayersOrderAnnotation] ?? '';
  const order = said === '' && manifest.kind === 'manifest' ? 'descending' : said;
  const annotations = {
    ...image.metadata.annotations,
    [dockerLayersOrderAnnotation]: 'ascending',
  };
  return {
    ...image,
    metadata: { ...image.metadata, annotations },
    dockerImageLayers: order === 'descending' ? layers.toReversed() : layers,
  };
}

function buildInput(image: Image, manifest: ParsedManifest, now: string): BuildInput | undefined {
  const reference = referenceOf(image.dockerImageReference ?? '');
  if (reference === undefined) return undefined;
  const named = { reference, digest: image.metadata.name ?? '' };
  if (manifest.kind === 'schema1') return { ...named, ...manifest };
  if (manifest.kind === 'index') return { ...named, ...manifest, now };
  const text = image.dockerImageConfig ?? '';
  const document = parsedObject(text);
  if (document === undefined) return undefined;
  const { digest, size } = manifest.config;
  return { ...named, ...manifest, config: { digest, size, document } };
}

function merged(image: Image, built: Image): Image {
  const { metadata, dockerImageReference: _reference, ...facts } = built;
  const annotations = { ...image.metadata.annotations, ...metadata.annotations };
  const kept =
    Object.keys(annotations).length === 0 ? image.metadata : { ...image.metadata, annotations };
  return { ...image, ...facts, metadata: kept };
}

function normalised(image: Image): Image {
  const metadata = normalDockerImage(image.dockerImageMetadata, image.dockerImageMetadataVersion);
  return {
    ...image,
    dockerImageMetadata: metadata,
    dockerImageMetadataVersion: '1.0',
    ...(image.signatures === undefined
      ? {}
      : { signatures: image.signatures.map(withoutLegacyAnnotation) }),
  };
}

function withoutStoredBlobs(image: Image): Image {
  if (image.metadata.annotations?.[manifestBlobStoredAnnotation] !== 'true') return image;
  const { dockerImageManifest: _manifest, dockerImageConfig: _config, ...rest } = image;
  return rest;
}

function withoutLegacyAnnotation(signature: ImageSignature): ImageSignature {
  const { annotations, ...metadata } = signature.metadata;
  if (annotations === undefined) return signature;
  const kept = Object.entries(annotations).filter(([key]) => key !== managedSignatureAnnotation);
  return {
    ...signature,
    metadata: kept.length === 0 ? metadata : { ...metadata, annotations: Object.fromEntries(kept) },
  };
}

function configDigest(manifest: string): string {
  const parsed = manifest === '' ? undefined : parseManifest(manifest);
  return parsed?.kind === 'manifest' ? parsed.config.digest : '';
}

function pick<K extends keyof Image>(image: Image, key: K): Pick<Image, K> | Record<string, never> {
  return image[key] === undefined ? {} : ({ [key]: image[key] } as Pick<Image, K>);
}
