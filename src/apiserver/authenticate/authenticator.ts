import type { IncomingHttpHeaders } from 'node:http';

import { failure, StatusError } from '#src/meta/status.ts';

import type { ClientCertificate } from '../http/messages.ts';
import type { UserInfo } from '../resource.ts';

/** The parts of a request that can tell who asks. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** The headers as they came, name and value in turn: here a header that was sent twice stands twice. */
  readonly rawHeaders: readonly string[];
  readonly clientCertificate?: ClientCertificate;
  /** There was a certificate, and nobody vouches for it. */
  readonly isCertificateRefused?: boolean;
}

/** One way to tell who asks. */
export interface Authenticator {
  /**
   * The user; `undefined` when the request has no credential of this kind or it is not known here.
   * @throws {StatusError} 401 when the credential is of this kind and wrong beyond doubt
   */
  authenticate(credentials: Credentials): Promise<UserInfo | undefined>;
}

/** Whoever shows no credential at all. */
export const anonymousUser: UserInfo = {
  username: 'system:anonymous',
  groups: ['system:unauthenticated'],
};

/** The group of everybody who is not anonymous; added by `authenticate`. */
export const authenticatedGroup = 'system:authenticated';

/**
 * Asks the authenticators in order; the first that knows the user decides.
 * @throws {StatusError} 401 when there is a credential and nobody knows it
 */
export async function authenticate(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
): Promise<UserInfo> {
  // Two of them are two meanings, of which another reader might take the other one.
  if (headerValues(credentials, 'authorization').length > 1) throw unauthorized();
  for (const authenticator of authenticators) {
    const user = await authenticator.authenticate(credentials);
    if (user !== undefined) return authenticated(user);
  }
  if (credentials.headers.authorization !== undefined || credentials.isCertificateRefused === true)
    throw unauthorized();
  return anonymousUser;
}

/** The 401 that says nothing of why. */
export function unauthorized(): StatusError {
  return new StatusError(failure(401, 'Unauthorized', 'Unauthorized'));
}

/** Every value of a header in the order in which they came. @param name in lower case */
export function headerValues(
  { rawHeaders }: Pick<Credentials, 'rawHeaders'>,
  name: string,
): readonly string[] {
  return rawHeaders.filter(
    (_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name,
  );
}

function authenticated(user: UserInfo): UserInfo {
  return user.groups.includes(authenticatedGroup)
    ? user
    : { ...user, groups: [...user.groups, authenticatedGroup] };
}
