import { decodeJwt, errors, importJWK, type JWK, jwtVerify, SignJWT } from 'jose';

import type { Clock } from '#src/lib/clock.ts';

import type { TokenAuthenticator } from './bearer-tokens.ts';
import {
  serviceAccountGroups,
  type ServiceAccountName,
  serviceAccountUserName,
} from './service-account-name.ts';

/** A key that tokens of service accounts are signed with. */
export interface SigningKey {
  /** RFC 7638 thumbprint. */
  readonly kid: string;
  readonly publicJwk: JWK;
  /** Absent from a key that signs no more. */
  readonly privateJwk?: JWK;
}

/** The keys of all servers, the one that signs first. */
export interface SigningKeys {
  all(): Promise<readonly SigningKey[]>;
}

/** What a token is good for as long as it is there: the account, or a secret besides. */
export interface Subject extends ServiceAccountName {
  readonly uid: string;
  readonly secret?: { readonly name: string; readonly uid: string };
}

/** Who is there now, by uid. */
export interface ServiceAccountSource {
  accountUid(name: ServiceAccountName): Promise<string | undefined>;
  secretUid(namespace: string, name: string): Promise<string | undefined>;
}

export interface ServiceAccountTokenOptions {
  readonly issuer: string;
  readonly keys: SigningKeys;
  readonly source: ServiceAccountSource;
  readonly clock: Clock;
}

/** One algorithm for all keys, so that no header of a token chooses. */
export const signingAlgorithm = 'ES256';

/** The claims under `kubernetes.io`, as in Kubernetes. */
interface PrivateClaims {
  readonly namespace?: string;
  readonly serviceaccount?: { readonly name?: string; readonly uid?: string };
  readonly secret?: { readonly name?: string; readonly uid?: string };
}

/** Between the clocks of two servers, in seconds. */
const clockToleranceSeconds = 5;

/** Makes and knows the tokens of service accounts: signed, for certain audiences, and for a while. */
export class ServiceAccountTokens implements TokenAuthenticator {
  readonly #options: ServiceAccountTokenOptions;

  constructor(options: ServiceAccountTokenOptions) {
    this.#options = options;
  }

  /** Whom tokens are for that name nobody. */
  get defaultAudience(): string {
    return this.#options.issuer;
  }

  /** @returns the token and its end in milliseconds since 1970 */
  async issue(
    subject: Subject,
    audiences: readonly string[],
    expirationSeconds: number,
  ): Promise<{ readonly token: string; readonly expiresAtMs: number }> {
    const { issuer, keys, clock } = this.#options;
    const [key] = await keys.all();
    if (key?.privateJwk === undefined) throw new Error('there is no key to sign tokens with');
    const issuedAt = Math.floor(clock.now() / 1000);
    const expiresAt = issuedAt + expirationSeconds;
    const { namespace, name, uid, secret } = subject;
    const claims: PrivateClaims = {
      namespace,
      serviceaccount: { name, uid },
      ...(secret === undefined ? {} : { secret }),
    };
    const token = await new SignJWT({ 'kubernetes.io': claims })
      .setProtectedHeader({ alg: signingAlgorithm, kid: key.kid })
      .setIssuer(issuer)
      .setSubject(serviceAccountUserName(subject))
      .setAudience([...audiences])
      .setJti(crypto.randomUUID())
      .setIssuedAt(issuedAt)
      .setNotBefore(issuedAt)
      .setExpirationTime(expiresAt)
      .sign(await importJWK(key.privateJwk, signingAlgorithm));
    return { token, expiresAtMs: expiresAt * 1000 };
  }

  authenticateToken: TokenAuthenticator['authenticateToken'] = async (token, audiences) => {
    if (!isFrom(token, this.#options.issuer)) return undefined;
    const verified = await this.#verified(token, audiences);
    if (verified === undefined) return undefined;
    const { subject, jti, meant, expiresAtMs } = verified;
    if (!(await this.#isThere(subject))) return undefined;
    return {
      user: {
        username: serviceAccountUserName(subject),
        uid: subject.uid,
        groups: serviceAccountGroups(subject.namespace),
        extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] },
      },
      audiences: meant,
      expiresAtMs,
    };
  };

  async #verified(
    token: string,
    audiences: readonly string[],
  ): Promise<
    | {
        readonly subject: Subject;
        readonly jti: string;
        readonly meant: readonly string[];
        readonly expiresAtMs: number;
      }
    | undefined
  > {
    const { issuer, clock } = this.#options;
    const asked = audiences.length === 0 ? [issuer] : [...audiences];
    try {
      const { payload } = await jwtVerify(token, async ({ kid }) => this.#publicKey(kid), {
        issuer,
        audience: asked,
        algorithms: [signingAlgorithm],
        requiredClaims: ['sub', 'exp', 'iat', 'nbf', 'jti'],
        clockTolerance: clockToleranceSeconds,
        currentDate: new Date(clock.now()),
      });
      const subject = subjectOf(payload['kubernetes.io'] as PrivateClaims | undefined);
      if (subject === undefined || payload.sub !== serviceAccountUserName(subject))
        return undefined;
      const named = new Set([payload.aud ?? []].flat());
      return {
        subject,
        jti: payload.jti ?? '',
        meant: asked.filter((each) => named.has(each)),
        expiresAtMs: (payload.exp ?? 0) * 1000,
      };
    } catch (error) {
      if (error instanceof errors.JOSEError) return undefined;
      throw error;
    }
  }

  async #publicKey(kid: string | undefined): Promise<Awaited<ReturnType<typeof importJWK>>> {
    const found = (await this.#options.keys.all()).find((key) => key.kid === kid);
    if (found === undefined) throw new errors.JWKSNoMatchingKey();
    return importJWK(found.publicJwk, signingAlgorithm);
  }

  /** A token ends with its account and with what it is bound to; others of the name do not bring it back. */
  async #isThere(subject: Subject): Promise<boolean> {
    const { source } = this.#options;
    const { namespace, secret } = subject;
    const [accountUid, secretUid] = await Promise.all([
      source.accountUid(subject),
      secret === undefined ? undefined : source.secretUid(namespace, secret.name),
    ]);
    return accountUid === subject.uid && secretUid === secret?.uid;
  }
}

/** Whether a text is a token of an issuer, if it is genuine; anything may be asked of. */
export function isFrom(token: string, issuer: string): boolean {
  if (token.split('.').length !== 3) return false;
  try {
    return decodeJwt(token).iss === issuer;
  } catch {
    return false;
  }
}

function subjectOf(claims: PrivateClaims | undefined): Subject | undefined {
  const { namespace, serviceaccount: { name, uid } = {}, secret } = claims ?? {};
  if (namespace === undefined || name === undefined || uid === undefined) return undefined;
  if (secret === undefined) return { namespace, name, uid };
  if (secret.name === undefined || secret.uid === undefined) return undefined;
  return { namespace, name, uid, secret: { name: secret.name, uid: secret.uid } };
}
