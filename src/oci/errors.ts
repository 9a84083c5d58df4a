/**
 * What can go wrong with a registry. Every class has a stable `code`. Texts that came from outside are cleaned, URLs
 * are redacted, and no error holds a header or a credential, so any of them may be logged or shown as it stands.
 */
import type { CredentialUse } from './auth/credential.ts';
import type { RateInfo } from './events.ts';
import type { Limits } from './net/limits.ts';
import { cleanText } from './text.ts';

/** Where and when it happened. */
export interface ErrorContext {
  readonly registry?: string;
  readonly repository?: string;
  readonly reference?: string;
  readonly method?: string;
  /** Redacted: no user information, no query values. */
  readonly url?: string;
  readonly status?: number;
  readonly attempts?: number;
  /** The host that answered or was asked, which may be a mirror. */
  readonly host?: string;
  /** Code of the underlying failure, as Node or the HTTP parser names it. */
  readonly cause?: string;
}

/** Base of all errors of this client. */
export abstract class OciError extends Error {
  abstract readonly code: string;
  /** True when the same request may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  readonly context: ErrorContext;

  constructor(message: string, context: ErrorContext = {}, retryable = false) {
    super(message);
    this.name = new.target.name;
    this.context = context;
    this.retryable = retryable;
  }

  toJSON(): object {
    const { name, code, message, retryable, context } = this;
    return { name, code, message, retryable, context };
  }
}

export class InvalidReferenceError extends OciError {
  readonly code = 'REFERENCE_INVALID';
}

export class InvalidDigestError extends OciError {
  readonly code = 'DIGEST_INVALID';
}

export class UnsupportedDigestError extends OciError {
  readonly code = 'DIGEST_UNSUPPORTED';
}

/** One element of `{"errors": […]}` (distribution-spec, error codes), cleaned. */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: string;
}

/** What an answer with an error status said. */
export interface HttpStatusDetails {
  readonly status: number;
  readonly errors: readonly RegistryErrorEntry[];
  readonly bodyKind: 'json' | 'text' | 'html' | 'empty';
  /** The body as cleaned text, at most 200 characters; empty for HTML. */
  readonly bodyText: string;
}

/** The registry answered with an error status. `code` is the first code of the body, else `HTTP_<status>`. */
export class HttpStatusError extends OciError {
  readonly code: string;
  readonly status: number;
  readonly errors: readonly RegistryErrorEntry[];
  readonly bodyKind: HttpStatusDetails['bodyKind'];
  readonly bodyText: string;

  constructor(
    message: string,
    details: HttpStatusDetails,
    context: ErrorContext = {},
    retryable = false,
  ) {
    super(message, { ...context, status: details.status }, retryable);
    this.code = details.errors[0]?.code ?? `HTTP_${details.status}`;
    this.status = details.status;
    this.errors = details.errors;
    this.bodyKind = details.bodyKind;
    this.bodyText = details.bodyText;
  }
}

export class NotFoundError extends HttpStatusError {
  what: 'repository' | 'manifest' | 'blob' | 'unknown' = 'unknown';
  /** False when only a HEAD said so, whose 404 has many meanings. */
  confirmed = true;
}

/** Every credential that matches, and none, was refused. */
export class UnauthorizedError extends HttpStatusError {
  triedCredentials = 0;
  /** What was shown, in order. */
  tried: readonly CredentialUse[] = [];
  /** True when a credential itself was refused (wrong password), rather than its rights. */
  credentialsRejected = false;
}

export class ForbiddenError extends HttpStatusError {}

/** The registry asks for a pause that is too long to wait for here. */
export class RateLimitedError extends HttpStatusError {
  retryAt: Date = new Date(0);
  /** True when the registry itself named the time. */
  asked = false;
  scope: 'pull-quota' | 'abuse' | 'unknown' = 'unknown';
  rate: RateInfo | undefined;
}

export class ServerError extends HttpStatusError {}

/** The host has answered several times as no registry does (a captive portal), and is not asked for a while. */
export class HostPausedError extends OciError {
  readonly code = 'HOST_PAUSED';
  readonly retryAt: Date;

  constructor(retryAt: Date, context: ErrorContext = {}) {
    const host = context.host ?? 'the host';
    super(
      `${host} answers with web pages, not as a registry; it is asked again after ${retryAt.toISOString()}`,
      context,
      true,
    );
    this.retryAt = retryAt;
  }
}

export class ChallengeError extends OciError {
  readonly code = 'AUTH_CHALLENGE';
}

/** The registry names a token server that may not see its credentials; an administrator can trust it. */
export class RealmRejectedError extends OciError {
  readonly code = 'AUTH_REALM_REJECTED';
  readonly realmHost: string;

  constructor(message: string, realmHost: string, context: ErrorContext = {}) {
    super(message, context);
    this.realmHost = realmHost;
  }
}

/** The token server refused, or answered with something that is no token. */
export class TokenError extends OciError {
  readonly code = 'AUTH_TOKEN';
  readonly status: number | undefined;
  readonly credentialsRejected: boolean;
  /** What was shown, in order. */
  tried: readonly CredentialUse[] = [];

  constructor(
    message: string,
    details: { status?: number; credentialsRejected?: boolean } = {},
    context: ErrorContext = {},
  ) {
    super(message, context, (details.status ?? 0) >= 500);
    this.status = details.status;
    this.credentialsRejected = details.credentialsRejected ?? false;
  }
}

/** A credential cannot be used at all, or a source of credentials failed. */
export class CredentialError extends OciError {
  readonly code = 'AUTH_CREDENTIAL';
}

/** The network policy forbids the address. */
export class AddressRejectedError extends OciError {
  readonly code = 'NET_ADDRESS_REJECTED';
}

export class RedirectRejectedError extends OciError {
  readonly code = 'NET_REDIRECT_REJECTED';
}

export class LinkRejectedError extends OciError {
  readonly code = 'NET_LINK_REJECTED';
}

export class RegistryBlockedError extends OciError {
  readonly code = 'POLICY_BLOCKED';
}

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

export class SizeMismatchError extends OciError {
  readonly code = 'SIZE_MISMATCH';
}

export class MediaTypeMismatchError extends OciError {
  readonly code = 'MEDIATYPE_MISMATCH';
}

/** Two readers could understand the manifest differently. */
export class AmbiguousManifestError extends OciError {
  readonly code = 'MANIFEST_AMBIGUOUS';
}

export class InvalidManifestError extends OciError {
  readonly code = 'MANIFEST_INVALID';
  /** Where in the document: `layers[3].size`. */
  readonly path: string | undefined;

  constructor(message: string, path?: string, context: ErrorContext = {}) {
    super(path === undefined ? message : `${path}: ${message}`, context);
    this.path = path;
  }
}

export class UnsupportedManifestError extends OciError {
  readonly code = 'MANIFEST_UNSUPPORTED';
  readonly mediaType: string;

  constructor(mediaType: string, context: ErrorContext = {}) {
    const shown = cleanText(mediaType);
    super(`manifests of media type ${shown === '' ? '(none)' : shown} are not supported`, context);
    this.mediaType = shown;
  }
}

export class NoMatchingPlatformError extends OciError {
  readonly code = 'PLATFORM_NOT_FOUND';
}

/** The answer is not what a registry may say: a web page, bad JSON, a status that does not fit. */
export class InvalidResponseError extends OciError {
  readonly code = 'RESPONSE_INVALID';
}

export class LimitError extends OciError {
  readonly code = 'LIMIT_EXCEEDED';
  readonly limit: keyof Limits;
  readonly max: number;

  constructor(limit: keyof Limits, max: number, context: ErrorContext = {}) {
    super(`the limit ${limit} of ${max} is exceeded`, context);
    this.limit = limit;
    this.max = max;
  }
}

/** What was going on when the time was over. */
export type TimeoutPhase =
  | 'lane'
  | 'dns'
  | 'connect'
  | 'tls'
  | 'headers'
  | 'body'
  | 'request'
  | 'operation';

export class TimeoutError extends OciError {
  readonly code = 'TIMEOUT';
  readonly phase: TimeoutPhase;

  constructor(phase: TimeoutPhase, context: ErrorContext = {}) {
    super(`timeout (${phase})`, context, true);
    this.phase = phase;
  }
}

export class DnsError extends OciError {
  readonly code = 'DNS';
}

export class ConnectError extends OciError {
  readonly code = 'CONNECT';
}

export type TlsReason = 'unknown-ca' | 'name' | 'expired' | 'client-cert' | 'not-tls' | 'protocol';

export class TlsError extends OciError {
  readonly code = 'TLS';
  readonly reason: TlsReason;

  constructor(message: string, reason: TlsReason, context: ErrorContext = {}) {
    super(message, context);
    this.reason = reason;
  }
}

export class ConnectionLostError extends OciError {
  readonly code = 'CONNECTION_LOST';
}

/** What came is no HTTP. */
export class ProtocolError extends OciError {
  readonly code = 'PROTOCOL';
}

/** The caller gave up. */
export class AbortedError extends OciError {
  readonly code = 'ABORTED';
}
