import { accessTokens } from '#src/apiserver/authenticate/access-tokens.ts';
import type { Authenticator } from '#src/apiserver/authenticate/authenticator.ts';
import { bearerTokens, unionTokens } from '#src/apiserver/authenticate/bearer-tokens.ts';
import { clientCertificates } from '#src/apiserver/authenticate/client-certificate.ts';
import { frontProxy } from '#src/apiserver/authenticate/front-proxy.ts';
import { followIdentities } from '#src/apiserver/authenticate/identity-changes.ts';
import { issuerDocuments } from '#src/apiserver/authenticate/issuer-documents.ts';
import { ServiceAccountTokens } from '#src/apiserver/authenticate/service-account-tokens.ts';
import { Passwords } from '#src/apiserver/authenticate/passwords.ts';
import { cachedTokens } from '#src/apiserver/authenticate/token-cache.ts';
import { type StaticToken, staticTokens } from '#src/apiserver/authenticate/tokens.ts';
import type { PathHandler } from '#src/apiserver/http/pipeline.ts';
import { Grants } from '#src/apiserver/oauth/grants.ts';
import { oauthHandler } from '#src/apiserver/oauth/handler.ts';
import { passwordLogin } from '#src/apiserver/oauth/login.ts';
import { LoginThrottle } from '#src/apiserver/oauth/throttle.ts';
import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { ResourceDeps } from '#src/resources/deps.ts';
import { RecordedGrants } from '#src/resources/oauthaccesstokens/grant-store.ts';
import { sweepGrants } from '#src/resources/oauthaccesstokens/sweep.ts';
import {
  RecordedSigningKeys,
  signingKeysResource,
} from '#src/resources/serviceaccounts/signing-keys.ts';
import { serviceAccountSource } from '#src/resources/serviceaccounts/token-source.ts';
import { PasswordRecords } from '#src/resources/users/password-records.ts';
import type { Objects } from '#src/store/objects.ts';

import type { AuthenticationConfig } from '../authentication-config.ts';

export interface AuthenticationParts {
  readonly settings: AuthenticationConfig;
  readonly objects: Objects;
  readonly clock: Clock;
  readonly logger: Logger;
  /** The administrator's token. */
  readonly admin: StaticToken;
}

/** Who may come in, and how. */
export interface Authentication {
  readonly authenticators: readonly Authenticator[];
  /** Where one logs in. */
  readonly openHandlers: readonly PathHandler[];
  /** What others need to check tokens themselves. */
  readonly pathHandlers: readonly PathHandler[];
  /** What the kinds of users and tokens are made from. */
  readonly deps: Pick<ResourceDeps, 'passwordRecords' | 'tokenRequests' | 'tokenReviews'>;
  close(): void;
}

/** Puts together every way of telling who asks. */
export function createAuthentication(parts: AuthenticationParts): Authentication {
  const { settings, objects, clock, logger } = parts;
  const stopping = new AbortController();
  const { signal } = stopping;
  const grantStore = new RecordedGrants(objects, clock);
  const passwordRecords = new PasswordRecords(objects, new Passwords());
  const changes = followIdentities(
    { objects, clock, logger },
    {
      changing: ['users.user.openshift.io', 'groups.user.openshift.io', signingKeysResource],
      ending: ['oauthaccesstokens.oauth.openshift.io', 'serviceaccounts', 'secrets'],
    },
    signal,
  );
  const { issuer, maxTokenLifetimeMs: maxLifetimeMs } = settings.serviceAccounts;
  const keys = new RecordedSigningKeys(objects, clock, maxLifetimeMs);
  const source = serviceAccountSource(objects);
  const accountTokens = new ServiceAccountTokens({ issuer, keys, source, clock });
  const issued = cachedTokens(
    unionTokens([accessTokens(grantStore, clock), accountTokens]),
    changes,
    clock,
  );
  const tokens = unionTokens([staticTokens([parts.admin]), issued]);
  void sweepGrants({ objects, clock, logger }, signal);
  return {
    authenticators: [
      ...(settings.frontProxy === undefined ? [] : [frontProxy(settings.frontProxy.allowedNames)]),
      clientCertificates,
      bearerTokens(tokens, [issuer]),
    ],
    openHandlers: [
      oauthHandler({
        grants: new Grants(grantStore, clock, settings.accessTokenLifetimeMs),
        login: passwordLogin(passwordRecords, new LoginThrottle(clock)),
        ...(settings.publicUrl === undefined ? {} : { publicUrl: settings.publicUrl }),
      }),
    ],
    pathHandlers: [issuerDocuments(issuer, keys, settings.publicUrl)],
    deps: {
      passwordRecords,
      tokenRequests: { tokens: accountTokens, source, maxLifetimeMs },
      tokenReviews: { tokens, audience: issuer },
    },
    close: () => stopping.abort(new Error('the server is stopping')),
  };
}
