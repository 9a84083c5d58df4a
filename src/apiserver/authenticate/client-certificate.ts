import type { UserInfo } from '../resource.ts';
import type { Authenticator, Credentials } from './authenticator.ts';

/** Users of client certificates: the common name is the user, the organizations are the groups (as kube-apiserver). */
export const clientCertificates: Authenticator = {
  authenticate({ clientCertificate }: Credentials): Promise<UserInfo | undefined> {
    const { issuedFor = [], commonName = '', organizations = [] } = clientCertificate ?? {};
    if (!issuedFor.includes('client') || commonName === '') return Promise.resolve(undefined);
    return Promise.resolve({ username: commonName, groups: organizations });
  },
};
