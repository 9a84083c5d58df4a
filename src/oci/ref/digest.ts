import { createHash } from 'node:crypto';

import { InvalidDigestError, UnsupportedDigestError } from '../errors/content.ts';
import { cleanText } from '../text.ts';

export type DigestAlgorithm = 'sha256' | 'sha384' | 'sha512';

/** `sha256:` and lower-case hexadecimal of the exact length; only `parseDigest` and `digestOf` make one. */
export type Digest = string & { readonly __digest: unique symbol };

const algorithms: ReadonlySet<string> = new Set<DigestAlgorithm>(['sha256', 'sha384', 'sha512']);

/** digest = algorithm ":" encoded; algorithm = component *(("+"|"."|"-"|"_") component) (image-spec v1.1, descriptor.md). */
const algorithmPattern = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*$/u;
const digestPattern = /^(?:sha256:[0-9a-f]{64}|sha384:[0-9a-f]{96}|sha512:[0-9a-f]{128})$/u;

/**
 * Reads a digest.
 * @throws {InvalidDigestError} when it is no digest, or not lower-case hexadecimal of its algorithm's length
 * @throws {UnsupportedDigestError} when the algorithm is none of sha256, sha384 and sha512
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  const algorithm = text.slice(0, Math.max(text.indexOf(':'), 0));
  const isUnknown =
    algorithm !== '' &&
    algorithm.length <= 64 &&
    algorithmPattern.test(algorithm) &&
    !algorithms.has(algorithm) &&
    text.length > algorithm.length + 1;
  if (isUnknown)
    throw new UnsupportedDigestError(`unsupported digest algorithm "${cleanText(algorithm, 64)}"`);
  throw new InvalidDigestError(`invalid digest "${cleanText(text, 80)}"`);
}

/** True for what `parseDigest` reads. */
export function isDigest(text: string): text is Digest {
  return digestPattern.test(text);
}

/** The digest of these bytes. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = 'sha256'): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}` as Digest;
}

/** The algorithm of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(':')) as DigestAlgorithm;
}

/** True when both name the same content by the same algorithm. */
export function equalDigest(a: Digest, b: Digest): boolean {
  return a === b;
}
