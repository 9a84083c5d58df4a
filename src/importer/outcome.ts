import {
  blockedRegistry,
  internalImportError,
  manifestNotFound,
  unauthorizedImage,
} from '#src/domain/import-status.ts';
import type { Status } from '#src/meta/status.ts';
import {
  HostPausedError,
  HttpStatusError,
  NotFoundError,
  RateLimitedError,
  UnauthorizedError,
} from '#src/oci/errors/answers.ts';
import { TokenError } from '#src/oci/errors/auth.ts';
import { OciError } from '#src/oci/errors/base.ts';
import {
  AbortedError,
  ConnectError,
  DnsError,
  RegistryBlockedError,
  TimeoutError,
  TlsError,
} from '#src/oci/errors/network.ts';

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
  /** Plain HTTP was tried where there was no TLS. */
  readonly insecure: boolean;
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
  const { what, subject } = attempt;
  if (error instanceof RegistryBlockedError) return blockedRegistry(attempt.registry);
  if (isMissing(error, what)) return manifestNotFound(subject);
  if (error instanceof UnauthorizedError) return unauthorizedImage(subject);
  if (error instanceof TokenError && error.credentialsRejected) return unauthorizedImage(subject);
  return internalImportError(errorText(error, attempt), what === 'manifest' ? subject : undefined);
}

/** A tag that is missing, or a repository that has none; the registry's own code says which. */
function isMissing(error: unknown, what: Attempt['what']): boolean {
  if (!(error instanceof NotFoundError)) return false;
  const wanted = what === 'manifest' ? 'MANIFEST_UNKNOWN' : 'NAME_UNKNOWN';
  return error.errors.some(({ code }) => code === wanted);
}

function errorText(error: unknown, attempt: Attempt): string {
  if (error instanceof HttpStatusError) return httpErrorText(error);
  if (!(error instanceof OciError)) return error instanceof Error ? error.message : String(error);
  const question = questionOf(error, attempt);
  const text =
    error instanceof TlsError && error.reason === 'not-tls'
      ? 'http: server gave HTTP response to HTTPS client'
      : error.message;
  return question === '' ? text : `${question}: ${text}`;
}

/** `Get "https://host/v2/"`: before anything else a registry is asked whether it is one. Empty once it has answered. */
function questionOf(error: OciError, { insecure }: Attempt): string {
  const { host } = error.context;
  const isUnreached =
    error instanceof TlsError ||
    error instanceof ConnectError ||
    error instanceof DnsError ||
    (error instanceof TimeoutError && unreachedPhases.has(error.phase));
  if (!isUnreached || host === undefined) return '';
  const scheme = insecure && !(error instanceof TlsError) ? 'http' : 'https';
  return `Get "${scheme}://${host}/v2/"`;
}

const unreachedPhases: ReadonlySet<string> = new Set(['dns', 'connect', 'tls']);

/** `denied: requested access …`; several errors one a line, as the distribution library joins them. */
function httpErrorText(error: HttpStatusError): string {
  const [first, ...others] = error.errors.map(({ code, message }) => {
    const name = code.toLowerCase().replaceAll('_', ' ');
    return message === '' ? name : `${name}: ${message}`;
  });
  if (first === undefined) return error.message;
  return others.length === 0 ? first : `errors:\n${[first, ...others].join('\n')}\n`;
}
