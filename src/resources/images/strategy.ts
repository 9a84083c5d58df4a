import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { imageToCreate, imageToUpdate } from '#src/domain/raw-image.ts';
import type { Image, ImageSignature } from '#src/domain/types.ts';
import { validateImage } from '#src/domain/validation/image.ts';

import { manifestDigest, sha256 } from './manifest-digest.ts';

/** The rules of images. */
export const imageStrategy: Strategy<Image> = {
  namespaced: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: (image, info) => imageToCreate(withNamedSignatures(image), info.now),
  validateCreate: (image) => validateImage(image),
  prepareForUpdate: (next, current) =>
    imageToUpdate(withNamedSignatures(next), current, {
      ofManifest: manifestDigest,
      ofConfig: sha256,
    }),
  validateUpdate: (next) => validateImage(next),
  canonicalize: withoutEmptyLists,
};

/** A signature that came without metadata has no name, which validation tells of. */
function withNamedSignatures(image: Image): Image {
  const { signatures } = image;
  if (signatures === undefined) return image;
  const named = signatures.map((signature) => {
    const sent: Partial<ImageSignature> = signature;
    return { ...signature, metadata: sent.metadata ?? {} };
  });
  return { ...image, signatures: named };
}

const listFields = [
  'dockerImageLayers',
  'signatures',
  'dockerImageSignatures',
  'dockerImageManifests',
] as const;

/** Empty lists are left out, as everywhere in the API. */
function withoutEmptyLists(image: Image): Image {
  const kept: Image = { ...image };
  for (const field of listFields) if (kept[field]?.length === 0) delete kept[field];
  return kept;
}
