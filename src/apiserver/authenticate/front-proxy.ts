import type { UserInfo } from '../resource.ts';
import type { Authenticator, Credentials } from './authenticator.ts';
import { headerValues } from './authenticator.ts';
import { extraOf } from './extra-headers.ts';

const userHeader = 'x-remote-user';
const uidHeader = 'x-remote-uid';
const groupHeader = 'x-remote-group';
const extraPrefix = 'x-remote-extra-';

/**
 * The users of a proxy in front, such as the aggregation layer of Kubernetes: who they are stands in `X-Remote-User`,
 * `-Uid`, `-Group` and `-Extra-…`, which count only on a connection with a certificate of the proxies' own authority.
 * @param allowedNames common names of proxies; any when there is none
 */
export function frontProxy(allowedNames: readonly string[]): Authenticator {
  return {
    authenticate(credentials: Credentials): Promise<UserInfo | undefined> {
      const { issuedFor = [], commonName = '' } = credentials.clientCertificate ?? {};
      const isProxy =
        issuedFor.includes('proxy') &&
        (allowedNames.length === 0 || allowedNames.includes(commonName));
      return Promise.resolve(isProxy ? userOf(credentials) : undefined);
    },
  };
}

function userOf(credentials: Credentials): UserInfo | undefined {
  const [username = '', ...others] = headerValues(credentials, userHeader);
  if (username === '' || others.length > 0) return undefined;
  const [uid = ''] = headerValues(credentials, uidHeader);
  return {
    username,
    groups: headerValues(credentials, groupHeader).filter((group) => group !== ''),
    ...(uid === '' ? {} : { uid }),
    ...extraOf(credentials, extraPrefix),
  };
}
