import { ChallengeError, RealmRejectedError } from '../errors/auth.ts';
import type { Challenge } from './challenge.ts';
import { nobody, type CredentialCandidate } from './credential.ts';
import { judgeRealm } from './realm.ts';
import type { ScopeSet } from './scope.ts';
import type { AuthSetting, WantedToken } from './setting.ts';
import { basicAuthorization } from './token.ts';

/** How a credential answers a challenge: by a header as it stands, or by a token that is still to be had. */
export type Proof =
  | { readonly kind: 'header'; readonly authorization: string | undefined }
  | {
      readonly kind: 'token';
      readonly wanted: WantedToken;
      /** The token server that may not see the credential; the token is asked for as nobody. */
      readonly withheldFrom: string | undefined;
    };

/**
 * What a candidate would show to the registry, or to its token server.
 * @throws {ChallengeError} when the challenge names no token server
 * @throws {RealmRejectedError} when nobody at all may go to that token server
 */
export function proofOf(
  setting: AuthSetting,
  challenge: Challenge,
  scopes: ScopeSet,
  candidate: CredentialCandidate,
): Proof {
  const { credential } = candidate;
  if (credential.kind === 'bearer')
    return { kind: 'header', authorization: `Bearer ${credential.token}` };
  if (challenge.scheme === 'bearer') return tokenProof(setting, challenge, scopes, candidate);
  if (credential.kind !== 'anonymous') setting.basicUsed();
  return { kind: 'header', authorization: basicAuthorization(credential) };
}

function tokenProof(
  { context, origin, policy, registry, onEvent }: AuthSetting,
  { params }: Challenge,
  scopes: ScopeSet,
  candidate: CredentialCandidate,
): Proof {
  const { realm = '', service } = params;
  if (realm === '') throw new ChallengeError('the challenge names no realm', context());
  const verdict = judgeRealm(realm, new URL(origin), registry, policy);
  if (verdict.decision === 'reject') {
    onEvent?.({ type: 'blocked', why: 'realm', detail: verdict.why });
    throw new RealmRejectedError(`the realm is refused: ${verdict.why}`, verdict.host, context());
  }
  const { url } = verdict;
  const isWithheld = candidate !== nobody && verdict.decision === 'anonymous-only';
  if (isWithheld)
    onEvent?.({ type: 'blocked', why: 'realm', detail: `no credentials for ${url.host}` });
  return {
    kind: 'token',
    wanted: { realm: url, service, scopes, candidate: isWithheld ? nobody : candidate },
    withheldFrom: isWithheld ? url.host : undefined,
  };
}
