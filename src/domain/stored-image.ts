import type { Image } from './types.ts';

/** An imported image as the record keeps it: without raw manifest, raw config and signatures. */
export function storedImage(image: Image): Image {
  const {
    dockerImageManifest: _manifest,
    dockerImageConfig: _config,
    signatures: _signatures,
    ...rest
  } = image;
  return rest;
}
