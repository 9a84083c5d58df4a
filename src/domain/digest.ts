/** The hash algorithms a digest may name, by the length of their hexadecimal text. */
const hexLengths: Readonly<Record<string, number>> = { sha256: 64, sha384: 96, sha512: 128 };

const shape = /^[a-zA-Z0-9\-_+.]+:[a-fA-F0-9]+$/;

/** Why a text is no digest, in the words of the distribution library; undefined when it is one. */
export function digestError(text: string): string | undefined {
  if (!shape.test(text)) return 'invalid checksum digest format';
  const colon = text.indexOf(':');
  const algorithm = text.slice(0, colon);
  const length = Object.hasOwn(hexLengths, algorithm) ? hexLengths[algorithm] : undefined;
  if (length === undefined) return 'unsupported digest algorithm';
  return text.length - colon - 1 === length ? undefined : 'invalid checksum digest length';
}

/** True for `sha256:…`, `sha384:…` and `sha512:…` of the exact length. */
export function isDigest(text: string): boolean {
  return digestError(text) === undefined;
}

/**
 * Whether `id` names `image`: a prefix of the whole digest or of its hexadecimal part, so both `sha256:ff46` and `ff46`
 * find an image. A name that is no digest is matched by its own prefix. The caller refuses an empty id.
 */
export function matchesImage(image: string, id: string): boolean {
  if (image.startsWith(id)) return true;
  return isDigest(image) && image.startsWith(id, image.indexOf(':') + 1);
}
