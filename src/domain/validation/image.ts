import { invalid, required, type FieldError } from '#src/meta/field-error.ts';
import { parseDockerImageReference } from '../reference.ts';
import type { Image, ImageManifest } from '../types.ts';
import { validateImageSignature } from './image-signature.ts';
import { validateEmbeddedMeta } from './names.ts';

/** `ALGORITHM:HEX` anywhere in it. It looks for the colon first: from the other end it would take time with the square. */
const digestShape = /:(?<=[A-Za-z][A-Za-z0-9]*:)[0-9a-fA-F]{32}/;
const mediaTypeShape =
  /^ *([A-Za-z0-9][A-Za-z0-9!#$&^_-]{0,126})\/([A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}) *$/;

/** The fields of an image, beyond the rules of ObjectMeta; `path` is empty for an Image, `image` inside a mapping. */
export function validateImage(image: Image, path = ''): FieldError[] {
  const at = path === '' ? '' : `${path}.`;
  return [
    ...(path === '' ? [] : validateEmbeddedMeta(image.metadata, at)),
    ...validateReference(image.dockerImageReference ?? '', `${at}dockerImageReference`),
    ...(image.signatures ?? []).flatMap((signature, index) =>
      validateImageSignature(signature, `${at}signatures[${index}]`),
    ),
    ...validateManifests(image, at),
  ];
}

function validateReference(text: string, path: string): FieldError[] {
  if (text === '') return [required(path)];
  const parsed = parseDockerImageReference(text);
  return parsed.ok ? [] : [invalid(path, text, parsed.error)];
}

function validateManifests(image: Image, at: string): FieldError[] {
  const manifests = image.dockerImageManifests ?? [];
  if (manifests.length === 0) return [];
  const errors = manifests.flatMap((manifest, index) =>
    validateManifest(manifest, `${at}dockerImageManifests[${index}]`),
  );
  const layers = image.dockerImageLayers ?? [];
  if (layers.length === 0) return errors;
  const detail = 'dockerImageLayers should not be set when dockerImageManifests is set';
  return [...errors, invalid(`${at}dockerImageLayers`, layers, detail)];
}

function validateManifest(manifest: ImageManifest, path: string): FieldError[] {
  const { digest, mediaType, architecture, os, manifestSize } = manifest;
  return [
    ...(digestShape.test(digest)
      ? []
      : [
          invalid(`${path}.digest`, digest, 'digest does not conform with OCI image specification'),
        ]),
    ...(mediaTypeShape.test(mediaType)
      ? []
      : [invalid(`${path}.mediaType`, mediaType, 'media type does not conform to RFC6838')]),
    ...(architecture === '' ? [required(`${path}.architecture`)] : []),
    ...(os === '' ? [required(`${path}.os`)] : []),
    ...(manifestSize < 0
      ? [invalid(`${path}.size`, manifestSize, 'manifest size cannot be negative')]
      : []),
  ];
}
