import { createHash } from 'node:crypto';

import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import { imageToCreate, imageToUpdate } from '#src/domain/raw-image.ts';
import type { Image } from '#src/domain/types.ts';
import { validateImage } from '#src/domain/validation/image.ts';

/** The rules of images. */
export const imageStrategy: Strategy<Image> = {
  namespaced: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: (image, info) => imageToCreate(image, info.now),
  validateCreate: (image) => validateImage(image),
  prepareForUpdate: (next, current) => imageToUpdate(next, current, sha256),
  validateUpdate: (next) => validateImage(next),
};

function sha256(text: string): string {
  return `sha256:${createHash('sha256').update(text).digest('hex')}`;
}
