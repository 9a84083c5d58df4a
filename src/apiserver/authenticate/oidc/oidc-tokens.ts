import { errors, type JWTPayload, jwtVerify } from 'jose';

import type { Clock } from '#src/lib/clock.ts';

import type { UserInfo } from '../../resource.ts';
import type { TokenAuthenticator } from '../bearer-tokens.ts';
import { isFrom } from '../service-account-tokens.ts';
import type { IssuerKeys } from './issuer-keys.ts';

/** Which tokens of an issuer are taken, and whom they stand for. */
export interface OidcOptions {
  readonly issuerUrl: string;
  /** The audience that a token must name. */
  readonly clientId: string;
  readonly usernameClaim: string;
  /** In front of every name; empty for none. */
  readonly usernamePrefix: string;
  /** Empty for none. */
  readonly groupsClaim: string;
  readonly groupsPrefix: string;
  /** Claims that a token must have, with these values. */
  readonly requiredClaims: Readonly<Record<string, string>>;
  readonly signingAlgorithms: readonly string[];
}

/** Between the clocks of the issuer and this server, in seconds. */
const clockToleranceSeconds = 10;
/** Names that this server itself gives; no issuer outside can give one of them. */
const reserved = 'system:';

/** Knows the ID tokens of an OpenID Connect provider, by the rules of kube-apiserver's flags. */
export function oidcTokens(
  options: OidcOptions,
  keys: Pick<IssuerKeys, 'find'>,
  clock: Clock,
): TokenAuthenticator {
  return {
    async authenticateToken(token, audiences) {
      if (!isFrom(token, options.issuerUrl)) return undefined;
      const payload = await verified(token, options, keys, clock);
      const user = payload === undefined ? undefined : userOf(payload, options);
      if (payload?.exp === undefined || user === undefined) return undefined;
      return { user, audiences, expiresAtMs: payload.exp * 1000 };
    },
  };
}

async function verified(
  token: string,
  { issuerUrl, clientId, signingAlgorithms }: OidcOptions,
  keys: Pick<IssuerKeys, 'find'>,
  clock: Clock,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      issuer: issuerUrl,
      audience: clientId,
      algorithms: [...signingAlgorithms],
      requiredClaims: ['exp'],
      clockTolerance: clockToleranceSeconds,
      currentDate: new Date(clock.now()),
    });
    return payload;
  } catch (error) {
    // A key of the issuer that cannot be used at all throws what WebCrypto throws.
    if (error instanceof errors.JOSEError || error instanceof DOMException) return undefined;
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function userOf(claims: JWTPayload, options: OidcOptions): UserInfo | undefined {
  const { usernameClaim, usernamePrefix, requiredClaims } = options;
  for (const [claim, value] of Object.entries(requiredClaims))
    if (own(claims, claim) !== value) return undefined;
  const name = own(claims, usernameClaim);
  if (typeof name !== 'string' || name === '') return undefined;
  // A provider where everybody may type in any address says so.
  if (
    usernameClaim === 'email' &&
    ![undefined, true].includes(own(claims, 'email_verified') as true)
  )
    return undefined;
  const username = `${usernamePrefix}${name}`;
  const groups = groupsOf(claims, options);
  if (username.startsWith(reserved) || groups === undefined) return undefined;
  const extra = { 'authentication.kubernetes.io/credential-id': [`JTI=${claims.jti ?? ''}`] };
  return { username, groups, ...(claims.jti === undefined ? {} : { extra }) };
}

/** `undefined` when the claim is there and no name or list of names. */
function groupsOf(
  claims: JWTPayload,
  { groupsClaim, groupsPrefix }: OidcOptions,
): readonly string[] | undefined {
  const claim = groupsClaim === '' ? undefined : own(claims, groupsClaim);
  const names = [claim ?? []].flat();
  if (!names.every((name) => typeof name === 'string')) return undefined;
  return names
    .map((name) => `${groupsPrefix}${name}`)
    .filter((name) => name !== '' && !name.startsWith(reserved));
}

function own(claims: JWTPayload, claim: string): unknown {
  return Object.hasOwn(claims, claim) ? claims[claim] : undefined;
}
