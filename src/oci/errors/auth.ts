/** What keeps a credential from being used. */
import type { CredentialUse } from '../auth/credential.ts';
import { OciError, type ErrorContext } from './base.ts';

/** The registry asks for credentials in a way that cannot be followed (`WWW-Authenticate`). */
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
