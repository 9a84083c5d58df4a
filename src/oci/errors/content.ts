/** What is wrong with a name, or with content. */
import { cleanText } from '../text.ts';
import { OciError, type ErrorContext } from './base.ts';

/** Not a name of an image: `REGISTRY/REPOSITORY[:TAG][@DIGEST]`, or a part of one. */
export class InvalidReferenceError extends OciError {
  readonly code = 'REFERENCE_INVALID';
}

/** Not of the form `ALGORITHM:HEX`, or of another length than the algorithm gives. */
export class InvalidDigestError extends OciError {
  readonly code = 'DIGEST_INVALID';
}

/** A digest of an algorithm other than sha256, sha384 and sha512. */
export class UnsupportedDigestError extends OciError {
  readonly code = 'DIGEST_UNSUPPORTED';
}

/** The content is not what `source` names. */
export class DigestMismatchError extends OciError {
  readonly code = 'DIGEST_MISMATCH';
  readonly expected: string;
  readonly actual: string;
  readonly source: 'reference' | 'header' | 'descriptor';

  constructor(
    details: { expected: string; actual: string; source: DigestMismatchError['source'] },
    context: ErrorContext = {},
  ) {
    const expected = cleanText(details.expected);
    super(`the ${details.source} says ${expected}, the content is ${details.actual}`, context);
    this.expected = expected;
    this.actual = details.actual;
    this.source = details.source;
  }
}

/** The content is longer or shorter than its descriptor says. */
export class SizeMismatchError extends OciError {
  readonly code = 'SIZE_MISMATCH';
}

/** The content is of another media type than its descriptor says. */
export class MediaTypeMismatchError extends OciError {
  readonly code = 'MEDIATYPE_MISMATCH';
}

/** Two readers could understand the manifest differently. */
export class AmbiguousManifestError extends OciError {
  readonly code = 'MANIFEST_AMBIGUOUS';
}

/** Not a manifest, or one with a field that cannot be. */
export class InvalidManifestError extends OciError {
  readonly code = 'MANIFEST_INVALID';
  /** Where in the document: `layers[3].size`. */
  readonly path: string | undefined;

  constructor(message: string, path?: string, context: ErrorContext = {}) {
    super(path === undefined ? message : `${path}: ${message}`, context);
    this.path = path;
  }
}

/** A manifest of a media type that this client does not read. */
export class UnsupportedManifestError extends OciError {
  readonly code = 'MANIFEST_UNSUPPORTED';
  readonly mediaType: string;

  constructor(mediaType: string, context: ErrorContext = {}) {
    const shown = cleanText(mediaType);
    super(`manifests of media type ${shown === '' ? '(none)' : shown} are not supported`, context);
    this.mediaType = shown;
  }
}

/** No image of the index is for the platform that was asked for. */
export class NoMatchingPlatformError extends OciError {
  readonly code = 'PLATFORM_NOT_FOUND';
}
