import { readFile } from 'node:fs/promises';

import { accessTokens } from '#src/apiserver/authenticate/access-tokens.ts';
import type { Authenticator } from '#src/apiserver/authenticate/authenticator.ts';
import { IssuerKeys } from '#src/apiserver/authenticate/oidc/issuer-keys.ts';
import { oidcTokens } from '#src/apiserver/authenticate/oidc/oidc-tokens.ts';
import {
  bearerTokens,
  type TokenAuthenticator,
  unionTokens,
} from '#src/apiserver/authenticate/bearer-tokens.ts';
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
import { fieldErrorBody } from '#src/meta/field-error.ts';
import type { ResourceDeps } from '#src/resources/deps.ts';
import { RecordedGrants } from '#src/resources/oauthaccesstokens/grant-store.ts';
import { sweepGrants } from '#src/resources/oauthaccesstokens/sweep.ts';
import {
  RecordedSigningKeys,
  signingKeysResource,
} from '#src/resources/serviceaccounts/signing-keys.ts';
import { serviceAccountSource } from '#src/resources/serviceaccounts/token-source.ts';
import { ensureFirstAdmin } from '#src/resources/users/first-admin.ts';
import { passwordErrors } from '#src/resources/users/password.ts';
import { PasswordRecords } from '#src/resources/users/password-records.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import type { AuthenticationConfig, OidcConfig } from '../config/authentication.ts';

export interface AuthenticationParts {
  readonly settings: AuthenticationConfig;
  readonly record: Pick<RecordDatabase, 'objects' | 'rotateEncryptionKey'>;
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
  readonly deps: Pick<
    ResourceDeps,
    'passwordRecords' | 'tokenRequests' | 'tokenReviews' | 'keyRotation'
  >;
  close(): void;
}

/** Puts together every way of telling who asks. */
export async function createAuthentication(parts: AuthenticationParts): Promise<Authentication> {
  const { settings, record, clock, logger } = parts;
  const { objects } = record;
  const stopping = new AbortController();
  const { signal } = stopping;
  const grantStore = new RecordedGrants(objects, clock);
  const passwordRecords = new PasswordRecords(objects, new Passwords());
  await firstAdmin(parts, passwordRecords);
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
    unionTokens([
      accessTokens(grantStore, clock),
      accountTokens,
      ...(settings.oidc === undefined ? [] : [await outsideTokens(settings.oidc, clock, logger)]),
    ]),
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
      keyRotation: {
        encryption: () => record.rotateEncryptionKey(),
        signing: () => keys.rotate(),
      },
    },
    close: () => stopping.abort(new Error('the server is stopping')),
  };
}

async function outsideTokens(
  oidc: OidcConfig,
  clock: Clock,
  logger: Logger,
): Promise<TokenAuthenticator> {
  const { issuerUrl, caFile } = oidc;
  const trusted = caFile === undefined ? {} : { ca: await readFile(caFile, 'utf8') };
  return oidcTokens(oidc, new IssuerKeys({ issuerUrl, ...trusted, clock, logger }), clock);
}

async function firstAdmin(
  { settings, record, clock, logger }: AuthenticationParts,
  records: PasswordRecords,
): Promise<void> {
  const { adminPassword } = settings;
  if (adminPassword === undefined) return;
  const source = 'file' in adminPassword ? adminPassword.file : 'SLUICE_ADMIN_PASSWORD';
  const text =
    'file' in adminPassword ? await readFile(adminPassword.file, 'utf8') : adminPassword.value;
  const password = text.replace(/\r?\n$/, '');
  const [problem] = passwordErrors(password);
  if (problem !== undefined)
    throw new Error(`the password in ${source} cannot be used: ${fieldErrorBody(problem)}`);
  const { objects } = record;
  if (await ensureFirstAdmin({ objects, clock }, records, password))
    logger.info('the user admin was given its first password', { source });
}
