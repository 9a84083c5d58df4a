import {
  blockedRegistry,
  internalImportError,
  invalidRepositoryName,
  manifestNotFound,
  normalisedReference,
  repositoryText,
  severalSourcesFailed,
  unauthorizedImage,
} from '#src/domain/import-status.ts';
import type { DockerImageReference } from '#src/domain/reference.ts';
import type { Status } from '#src/meta/status.ts';
import {
  HostPausedError,
  NotFoundError,
  RateLimitedError,
  UnauthorizedError,
} from '#src/oci/errors/answers.ts';
import { TokenError } from '#src/oci/errors/auth.ts';
import { OciError } from '#src/oci/errors/base.ts';
import { InvalidReferenceError } from '#src/oci/errors/content.ts';
import { AbortedError, RegistryBlockedError } from '#src/oci/errors/network.ts';
import { failureText, imageFailureText } from './failure-text.ts';
import type { WorkRepository } from './work-list.ts';

/** A failure as the record takes it, with what the queue has to know about it. */
export interface FailedOutcome {
  readonly status: Status;
  /** It may pass by itself: 429, 5xx, timeouts, DNS, lost connections. */
  readonly temporary: boolean;
  /** When the registry said not to come back earlier. */
  readonly retryAfterMs?: number;
}

/** What was asked for when it failed. */
export interface Attempt {
  readonly what: 'manifest' | 'tags';
  /** The normalised reference of a manifest, the repository as written of a listing. */
  readonly subject: string;
  /** As the user wrote it, empty for short names. */
  readonly registry: string;
  /** The path on the registry. */
  readonly repository: string;
  /** Plain HTTP was tried where there was no TLS. */
  readonly insecure: boolean;
}

/** A question for a manifest, or for the tags, of a reference. */
export function attemptOf(
  what: Attempt['what'],
  reference: DockerImageReference,
  { path, insecure }: WorkRepository,
): Attempt {
  return {
    what,
    subject: what === 'manifest' ? normalisedReference(reference) : repositoryText(reference),
    registry: reference.registry,
    repository: path,
    insecure,
  };
}

/**
 * The Status of anything that went wrong while a registry was asked, in OpenShift's words. A
 * missing and a wrong credential read alike, so that nobody learns which images exist.
 * @param now milliseconds
 */
export function failedOutcome(error: unknown, attempt: Attempt, now: number): FailedOutcome {
  const isTemporary =
    error instanceof AbortedError || (error instanceof OciError && error.retryable);
  return {
    status: statusOf(error, attempt),
    temporary: isTemporary,
    ...(error instanceof RateLimitedError || error instanceof HostPausedError
      ? { retryAfterMs: Math.max(0, error.retryAt.getTime() - now) }
      : {}),
  };
}

function statusOf(error: unknown, attempt: Attempt): Status {
  if (!(error instanceof OciError)) return ownStatus(error, attempt);
  const last = statusAt(error.mirror, error, attempt);
  if (error.earlier.length === 0) return last;
  const earlier = error.earlier.map(({ source, failure }) => statusAt(source, failure, attempt));
  return severalSourcesFailed([...earlier, last]);
}

/** The status of what a mirror said, or the registry itself. */
function statusAt(mirror: string | undefined, failure: OciError, attempt: Attempt): Status {
  if (mirror === undefined) return ownStatus(failure, attempt);
  return ownStatus(failure, { ...attempt, subject: withSource(attempt.subject, mirror) });
}

/** The status of what one source said. */
function ownStatus(error: unknown, attempt: Attempt): Status {
  const { what, subject } = attempt;
  if (error instanceof RegistryBlockedError) return blockedRegistry(attempt.registry);
  if (error instanceof InvalidReferenceError) return invalidRepositoryName(attempt.repository);
  if (isMissing(error, what)) return manifestNotFound(subject);
  if (error instanceof UnauthorizedError) return unauthorizedImage(subject);
  if (error instanceof TokenError && isRefused(error)) return unauthorizedImage(subject);
  if (!(error instanceof OciError))
    return internalImportError(
      error instanceof Error ? error.message : String(error),
      what === 'manifest' ? subject : undefined,
    );
  const ofImage = imageFailureText(error);
  if (ofImage !== undefined) return internalImportError(ofImage);
  const text = failureText(error, attempt.insecure);
  return internalImportError(text, what === 'manifest' ? subject : undefined);
}

/** The token server wants to know who asks, or does not believe it. */
function isRefused({ credentialsRejected, status }: TokenError): boolean {
  return credentialsRejected || status === 401 || status === 403;
}

/** A tag that is missing, or a repository that has none; the registry's own code says which. */
function isMissing(error: unknown, what: Attempt['what']): boolean {
  if (!(error instanceof NotFoundError)) return false;
  const wanted = what === 'manifest' ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN';
  return error.errors.some(({ code }) => code === wanted);
}

/** The same tag or digest under a mirror's name. */
function withSource(subject: string, source: string): string {
  const name = subject.slice(subject.lastIndexOf('/') + 1);
  const at = name.search(/[@:]/u);
  return at < 0 ? source : source + name.slice(at);
}
