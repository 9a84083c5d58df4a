/** Answers that are no success, or no answers of a registry. */
import type { CredentialUse } from '../auth/credential.ts';
import type { RateInfo } from '../events.ts';
import { OciError, type ErrorContext } from './base.ts';

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

/** It is not there, or not for these credentials to see; told by the code of the body where there is one, else by 404. */
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

/** The credentials are known and do not suffice; told by the code of the body where there is one, else by 403. */
export class ForbiddenError extends HttpStatusError {}

/** The registry asks for a pause that is too long to wait for here. */
export class RateLimitedError extends HttpStatusError {
  retryAt: Date = new Date(0);
  /** True when the registry itself named the time. */
  asked = false;
  scope: 'pull-quota' | 'abuse' | 'unknown' = 'unknown';
  rate: RateInfo | undefined;
}

/** 5xx. */
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

/** The answer is not what a registry may say: a web page, bad JSON, a status that does not fit. */
export class InvalidResponseError extends OciError {
  readonly code = 'RESPONSE_INVALID';
}
