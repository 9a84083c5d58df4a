import type { IncomingHttpHeaders } from 'node:http';

import { failure, StatusError } from '#src/meta/status.ts';

import type { ClientCertificate } from '../http/messages.ts';
import type { UserInfo } from '../resource.ts';

/** The parts of a request that can tell who asks. */
export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  readonly clientCertificate?: ClientCertificate;
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
const authenticatedGroup = 'system:authenticated';

/**
 * Asks the authenticators in order; the first that knows the user decides.
 * @throws {StatusError} 401 when there is a credential and nobody knows it
 */
export async function authenticate(
  authenticators: readonly Authenticator[],
  credentials: Credentials,
): Promise<UserInfo> {
  for (const authenticator of authenticators) {
    const user = await authenticator.authenticate(credentials);
    if (user !== undefined) return authenticated(user);
  }
  if (credentials.headers.authorization !== undefined)
    throw new StatusError(failure(401, 'Unauthorized', 'Unauthorized'));
  return anonymousUser;
}

/** The token of an `Authorization: Bearer` header, `undefined` when there is none. */
export function bearerToken({ headers }: Credentials): string | undefined {
  return /^bearer +(\S+)\s*$/i.exec(headers.authorization ?? '')?.[1];
}

function authenticated(user: UserInfo): UserInfo {
  return user.groups.includes(authenticatedGroup)
    ? user
    : { ...user, groups: [...user.groups, authenticatedGroup] };
}
