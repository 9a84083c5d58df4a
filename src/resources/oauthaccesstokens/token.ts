import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import type { Account } from '#src/apiserver/oauth/grants.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Key } from '#src/store/store.ts';

export const oauthGroup = 'oauth.openshift.io';

/** oauth.openshift.io/v1 OAuthAccessToken. Its name is a hash of the token, which is not kept. */
export interface OAuthAccessToken extends KubeObject {
  clientName: string;
  /** Seconds from its creation. */
  expiresIn: number;
  scopes: string[];
  redirectURI: string;
  userName: string;
  userUID: string;
}

export function tokenKey(name: string): Key {
  return { resource: `oauthaccesstokens.${oauthGroup}`, namespace: '', name };
}

export function accountOf({ userName, userUID }: OAuthAccessToken): Account {
  return { username: userName, uid: userUID };
}

/** Milliseconds since 1970. */
export function expiryOf({ metadata, expiresIn }: OAuthAccessToken): number {
  return Date.parse(metadata.creationTimestamp ?? '') + expiresIn * 1000;
}

/** Tokens are made by logging in, and are listed and withdrawn here. */
export const tokenStrategy: Strategy<OAuthAccessToken> = {
  namespaced: false,
  allowUnconditionalUpdate: false,
  prepareForCreate: (token) => token,
  validateCreate: () => [],
  prepareForUpdate: (next) => next,
  validateUpdate: () => [],
  selectableFields: {
    clientName: (token) => token.clientName,
    userName: (token) => token.userName,
    userUID: (token) => token.userUID,
  },
};
