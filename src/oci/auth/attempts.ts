/**
 * Trying credentials in order, most specific first, and nothing at last. Each gets one round of authentication, so that
 * no registry can keep us going.
 */
import { ChallengeError, RealmRejectedError, TokenError } from '../errors/auth.ts';
import type { RawResponse } from '../net/request.ts';
import type { Challenge } from './challenge.ts';
import { isSameWay, mayUsePlaintext, pickChallenge } from './choice.ts';
import { withoutEcho } from './echo.ts';
import { credentialFingerprint, nobody, type CredentialCandidate } from './credential.ts';
import { proofOf, type Proof } from './proof.ts';
import { parseScope, ScopeSet } from './scope.ts';
import type { AuthSetting } from './setting.ts';

/** Sends the request with this header. */
export type Send = (authorization: string | undefined) => Promise<RawResponse>;

/** As whom something was asked. */
export interface Asker {
  /** Fingerprint of the credential that worked. */
  readonly credential: string;
  /** Fingerprints of what was shown, in order. */
  readonly tried: readonly string[];
  readonly credentialsRejected: boolean;
}

export interface AuthorizedResponse extends Asker {
  readonly response: RawResponse;
}

interface Presented {
  readonly authorization: string | undefined;
  /** A token that may have ended or been revoked meanwhile. */
  readonly cachedToken?: { drop(): void };
}

/** One call's way through the credentials. */
export class Attempts {
  readonly #setting: AuthSetting;
  readonly #send: Send;
  #challenge: Challenge;
  #scopes: ScopeSet;
  #switches = 0;
  #isWidened = false;
  readonly #tried = new Set<string>();
  #rejected = false;
  #withheldFrom: string | undefined;
  #failure: TokenError | undefined;

  constructor(setting: AuthSetting, send: Send, challenge: Challenge) {
    this.#setting = setting;
    this.#send = send;
    this.#challenge = challenge;
    this.#scopes = setting.scopes;
  }

  async run(probe: RawResponse | undefined): Promise<AuthorizedResponse> {
    const candidates = await this.#candidates();
    const ids = candidates.map(({ id }) => id).join(' ');
    let others = candidates.length;
    let last: AuthorizedResponse | undefined;
    for (const candidate of this.#ordered(candidates, ids)) {
      others -= 1;
      // Without a token server, nobody is who has been refused already.
      if (candidate === nobody && probe?.status === 401 && this.#challenge.scheme === 'basic')
        break;
      const response = await this.#tryOne(candidate);
      if (response === undefined) continue;
      const result = this.#result(response, candidate);
      if (isFinal(response.status, others)) {
        if (response.status < 400 && candidates.length > 1)
          this.#setting.winner.set(ids, candidate.id);
        return result;
      }
      // "Not found" says more than "not allowed", when one of the credentials gets that far.
      if (last?.response.status !== 404) last = result;
    }
    return this.#giveUp(last, probe);
  }

  /** Undefined when the token server refuses the credential. */
  async #tryOne(candidate: CredentialCandidate): Promise<RawResponse | undefined> {
    try {
      return await this.#attempt(candidate);
    } catch (error) {
      const isRefusal =
        error instanceof TokenError &&
        (error.credentialsRejected || (candidate === nobody && isRefused(error.status)));
      if (!isRefusal) throw error;
      this.#failure ??= error;
      this.#rejected ||= error.credentialsRejected;
      return undefined;
    }
  }

  #giveUp(
    last: AuthorizedResponse | undefined,
    probe: RawResponse | undefined,
  ): AuthorizedResponse {
    if (this.#withheldFrom !== undefined && last?.response.status !== 404)
      throw new RealmRejectedError(
        `the token server ${this.#withheldFrom} may not see the credentials of ${this.#setting.registry}; ` +
          'an administrator can trust it',
        this.#withheldFrom,
        this.#setting.context(),
      );
    if (last !== undefined)
      return { ...last, tried: [...this.#tried], credentialsRejected: this.#rejected };
    if (this.#failure !== undefined) {
      const { target } = this.#setting;
      this.#failure.tried = [...this.#tried].map((id) => ({ id, target }));
      throw this.#failure;
    }
    if (probe === undefined)
      throw new ChallengeError('no way to authenticate is left', this.#setting.context());
    return this.#result(probe, nobody);
  }

  async #candidates(): Promise<readonly CredentialCandidate[]> {
    const found = await this.#setting.candidates();
    if (this.#setting.origin.startsWith('https:')) return found;
    return found.filter((candidate) => {
      const allowed = mayUsePlaintext(candidate.matchedKey);
      if (!allowed)
        this.#setting.onEvent?.({
          type: 'blocked',
          why: 'downgrade',
          detail: `credentials for ${candidate.matchedKey} are not sent over plain HTTP`,
        });
      return allowed;
    });
  }

  /** The one that worked last first, nobody last. */
  #ordered(candidates: readonly CredentialCandidate[], ids: string): CredentialCandidate[] {
    const winner = this.#setting.winner.get(ids);
    const first = candidates.filter(({ id }) => id === winner);
    return [...first, ...candidates.filter(({ id }) => id !== winner), nobody];
  }

  #result(response: RawResponse, candidate: CredentialCandidate): AuthorizedResponse {
    const id = credentialFingerprint(candidate.credential);
    return {
      response,
      credential: this.#tried.has(id) ? id : nobody.id,
      tried: [...this.#tried],
      credentialsRejected: this.#rejected,
    };
  }

  async #attempt(candidate: CredentialCandidate): Promise<RawResponse> {
    let isRenewed = false;
    for (;;) {
      const proof = proofOf(this.#setting, this.#challenge, this.#scopes, candidate);
      const { authorization, cachedToken } = await this.#present(proof, candidate);
      const answer = await this.#send(authorization);
      const response = withoutEcho(answer, candidate.credential, authorization);
      const next = response.status === 401 ? pickChallenge(response) : undefined;
      if (next === undefined) return response;
      if (!isSameWay(next, this.#challenge)) this.#switchTo(next);
      else if (!this.#widen(next)) {
        if (cachedToken === undefined || isRenewed) return response;
        cachedToken.drop();
        isRenewed = true;
      }
    }
  }

  /** What goes to the registry; for a token, its server is asked first. */
  async #present(proof: Proof, candidate: CredentialCandidate): Promise<Presented> {
    if (proof.kind === 'header') {
      this.#note(candidate);
      return { authorization: proof.authorization };
    }
    const { wanted, withheldFrom } = proof;
    this.#withheldFrom = withheldFrom ?? this.#withheldFrom;
    this.#note(wanted.candidate);
    const { value, cached } = await this.#setting.token(wanted);
    const drop = (): void => {
      this.#setting.dropToken(wanted, value);
    };
    return { authorization: `Bearer ${value}`, ...(cached && { cachedToken: { drop } }) };
  }

  #note({ credential }: CredentialCandidate): void {
    if (credential.kind !== 'anonymous') this.#tried.add(credentialFingerprint(credential));
  }

  #switchTo(challenge: Challenge): void {
    this.#switches += 1;
    if (this.#switches > 1)
      throw new ChallengeError(
        'the registry keeps changing how it authenticates',
        this.#setting.context(),
      );
    this.#challenge = challenge;
    this.#setting.memory.learn(this.#setting.memoryKey, { challenge });
  }

  /** True when the registry names a scope of our own repository that the token lacks; others' are ignored. */
  #widen(challenge: Challenge): boolean {
    if (this.#isWidened || challenge.params['error'] !== 'insufficient_scope') return false;
    const own = new Set(this.#scopes.toArray().map((scope) => parseScope(scope)?.resource));
    const asked = (challenge.params['scope'] ?? '')
      .split(' ')
      .filter((scope) => own.has(parseScope(scope)?.resource));
    const wider = ScopeSet.of(...this.#scopes.toArray(), ...asked);
    if (this.#scopes.covers(wider)) return false;
    this.#scopes = wider;
    this.#isWidened = true;
    return true;
  }
}

function isRefused(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

/** Whether an answer ends the search: 401 and 403 never do, 404 only without another credential to try. */
function isFinal(status: number, others: number): boolean {
  if (status === 404) return others <= 0;
  return status !== 401 && status !== 403;
}
