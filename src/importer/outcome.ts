import {
  internalImportError,
  manifestNotFound,
  unauthorizedImage,
} from '#src/domain/import-status.ts';
import type { Status } from '#src/meta/status.ts';
import {
  AbortedError,
  HttpStatusError,
  NotFoundError,
  OciError,
  RateLimitedError,
  TlsError,
  TokenError,
  UnauthorizedError,
} from '#src/oci/errors.ts';

/** A failure as the record takes it, with what the queue has to know about it. */
export interface FailedOutcome {
  readonly status: Status;
  /** It may pass by itself: 429, 5xx, timeouts, DNS, lost connections. */
  readonly temporary: boolean;
  /** When the registry said not to come back earlier. */
  readonly retryAfterMs?: number;
}

/** What was asked for when it failed. */
export type Attempt = 'manifest' | 'tags';

/**
 * The Status of anything that went wrong while a registry was asked, in OpenShift's words (import.md section 10). A
 * missing and a wrong credential read alike, so that nobody learns which images exist.
 * @param subject the normalised reference of a manifest, the repository as written of a listing
 * @param now milliseconds
 */
export function failedOutcome(
  error: unknown,
  attempt: Attempt,
  subject: string,
  now: number,
): FailedOutcome {
  const isTemporary =
    error instanceof AbortedError || (error instanceof OciError && error.retryable);
  return {
    status: statusOf(error, attempt, subject),
    temporary: isTemporary,
    ...(error instanceof RateLimitedError
      ? { retryAfterMs: Math.max(0, error.retryAt.getTime() - now) }
      : {}),
  };
}

function statusOf(error: unknown, attempt: Attempt, subject: string): Status {
  if (isMissing(error, attempt)) return manifestNotFound(subject);
  if (error instanceof UnauthorizedError) return unauthorizedImage(subject);
  if (error instanceof TokenError && error.credentialsRejected) return unauthorizedImage(subject);
  return internalImportError(errorText(error), attempt === 'manifest' ? subject : undefined);
}

/** A tag that is missing, or a repository that has none; the registry's own code says which. */
function isMissing(error: unknown, attempt: Attempt): boolean {
  if (!(error instanceof NotFoundError)) return false;
  const wanted = attempt === 'manifest' ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN';
  return error.errors.some(({ code }) => code === wanted);
}

function errorText(error: unknown): string {
  if (error instanceof HttpStatusError) return httpErrorText(error);
  if (!(error instanceof OciError)) return error instanceof Error ? error.message : String(error);
  const { method, url } = error.context;
  const text =
    error instanceof TlsError && error.reason === 'not-tls'
      ? 'http: server gave HTTP response to HTTPS client'
      : error.message;
  return method === undefined || url === undefined
    ? text
    : `${method.charAt(0)}${method.slice(1).toLowerCase()} "${url}": ${text}`;
}

/** `denied: requested access …`; several errors one a line, as the distribution library joins them. */
function httpErrorText(error: HttpStatusError): string {
  const [first, ...others] = error.errors.map(({ code, message }) => {
    const name = code.toLowerCase().replaceAll('_', ' ');
    return message === '' ? name : `${name}: ${message}`;
  });
  if (first === undefined) return error.message;
  return others.length === 0 ? first : `errors:\n${[first, ...others].join('\n')}\n`;
}
