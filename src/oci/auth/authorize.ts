/**
 * Getting past 401. One call tries its credentials in order, most specific first, and nothing at last; each gets one
 * round of authentication, so that no registry can keep us going.
 */
import { ChallengeError, RealmRejectedError, TokenError, type ErrorContext } from '../errors.ts';
import type { EventListener } from '../events.ts';
import type { HostMemory } from '../hosts/memory.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import type { RawResponse } from '../net/request.ts';
import type { Challenge } from './challenge.ts';
import { isSameWay, mayUsePlaintext, pickChallenge } from './choice.ts';
import { credentialFingerprint, type CredentialCandidate } from './credential.ts';
import { judgeRealm } from './realm.ts';
import { parseScope, ScopeSet } from './scope.ts';
import { basicAuthorization } from './token.ts';

/** A bearer token that is wanted. */
export interface WantedToken {
  readonly realm: URL;
  readonly service: string | undefined;
  readonly scopes: ScopeSet;
  readonly candidate: CredentialCandidate;
}

/** What a call needs to get past 401. */
export interface AuthSetting {
  /** `https://host[:port]` and the path prefix: what lessons are kept under. */
  readonly memoryKey: string;
  readonly origin: string;
  /** The registry as references name it. */
  readonly registry: string;
  /** Scopes the call needs; none for `/v2/` itself. */
  readonly scopes: ScopeSet;
  readonly policy: NetworkPolicy;
  readonly memory: HostMemory;
  readonly preemptive: boolean;
  /** Where and what, for errors. */
  readonly context: () => ErrorContext;
  readonly onEvent: EventListener | undefined;
  candidates(): Promise<readonly CredentialCandidate[]>;
  /** Which candidate worked last, by fingerprint. */
  readonly winner: { get(ids: string): string | undefined; set(ids: string, id: string): void };
  token(wanted: WantedToken): Promise<{ readonly value: string; readonly cached: boolean }>;
  dropToken(wanted: WantedToken, value: string): void;
  /** `GET /v2/`, to find out whether and how a registry authenticates. */
  discover(): Promise<RawResponse>;
  /** A credential is sent to the registry itself on every request. */
  basicUsed(): void;
}

type Send = (authorization: string | undefined) => Promise<RawResponse>;

export interface AuthorizedResponse {
  readonly response: RawResponse;
  /** Fingerprint of the credential that worked. */
  readonly credential: string;
  readonly tried: number;
  readonly credentialsRejected: boolean;
}

const nobody: CredentialCandidate = {
  credential: { kind: 'anonymous' },
  id: 'anonymous',
  matchedKey: '',
  source: '',
};

/**
 * Sends until somebody is let in or nobody is left.
 * @throws {ChallengeError} when the registry keeps changing its mind or names no usable way
 * @throws {RealmRejectedError} when the token server may not see the credentials and nothing else helps
 * @throws {TokenError} when no token can be had for a reason that is not the credential's
 */
export async function authorized(setting: AuthSetting, send: Send): Promise<AuthorizedResponse> {
  const known = setting.memory.get(setting.memoryKey).challenge;
  let challenge = known ?? undefined;
  let probe: RawResponse | undefined;
  if (challenge === undefined && setting.preemptive && known === undefined)
    challenge = await preemptiveChallenge(setting);
  if (challenge === undefined) {
    probe = await send(undefined);
    challenge = await challengeOf(setting, probe, known);
    if (challenge === undefined) return anonymously(probe);
  }
  return new Attempts(setting, send, challenge).run(probe);
}

/** The answer to nobody in particular. */
export function anonymously(response: RawResponse): AuthorizedResponse {
  return { response, credential: nobody.id, tried: 0, credentialsRejected: false };
}

async function preemptiveChallenge(setting: AuthSetting): Promise<Challenge | undefined> {
  const found = await setting.candidates();
  const hasBasic = found.some(({ credential }) => credential.kind === 'basic');
  return hasBasic ? { scheme: 'basic', params: {} } : undefined;
}

/** How to go on after an anonymous request; undefined when its answer stands. */
async function challengeOf(
  setting: AuthSetting,
  probe: RawResponse,
  known: Challenge | null | undefined,
): Promise<Challenge | undefined> {
  const { memory, memoryKey } = setting;
  if (probe.status === 401) {
    const challenge = pickChallenge(probe);
    if (challenge !== undefined) memory.learn(memoryKey, { challenge });
    return challenge;
  }
  if (probe.status < 400 && known === undefined) memory.learn(memoryKey, { challenge: null });
  // Private repositories are hidden behind 403 and 404 where anonymous pulls are allowed.
  if ((probe.status !== 403 && probe.status !== 404) || known === null) return undefined;
  if ((await setting.candidates()).length === 0) return undefined;
  const ping = await setting.discover();
  const challenge = ping.status === 401 ? pickChallenge(ping) : undefined;
  memory.learn(memoryKey, { challenge: challenge ?? null });
  return challenge;
}

class Attempts {
  readonly #setting: AuthSetting;
  readonly #send: Send;
  #challenge: Challenge;
  #scopes: ScopeSet;
  #switches = 0;
  #isWidened = false;
  #tried = 0;
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

  /** Undefined when the credential cannot be used, or the token server refuses it. */
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
      return { ...last, tried: this.#tried, credentialsRejected: this.#rejected };
    if (this.#failure !== undefined) throw this.#failure;
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
    return {
      response,
      credential: credentialFingerprint(candidate.credential),
      tried: this.#tried,
      credentialsRejected: this.#rejected,
    };
  }

  /** Undefined when the credential cannot be used here. */
  async #attempt(candidate: CredentialCandidate): Promise<RawResponse | undefined> {
    if (candidate !== nobody) this.#tried += 1;
    let isRenewed = false;
    for (;;) {
      const proof = await this.#proof(candidate);
      if (proof === undefined) return undefined;
      const response = await this.#send(proof.authorization);
      if (response.status !== 401) return response;
      const next = pickChallenge(response);
      if (next === undefined) return response;
      if (!isSameWay(next, this.#challenge)) this.#switchTo(next);
      else if (this.#widen(next)) continue;
      else if (proof.cached && proof.wanted !== undefined && !isRenewed) {
        this.#setting.dropToken(proof.wanted, proof.token);
        isRenewed = true;
      } else return response;
    }
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

  async #proof(candidate: CredentialCandidate): Promise<Proof | undefined> {
    const { credential } = candidate;
    if (credential.kind === 'bearer')
      return { authorization: `Bearer ${credential.token}`, cached: false };
    if (this.#challenge.scheme === 'bearer') return this.#bearer(candidate);
    if (credential.kind === 'anonymous') return { authorization: undefined, cached: false };
    this.#setting.basicUsed();
    return { authorization: basicAuthorization(credential), cached: false };
  }

  async #bearer(candidate: CredentialCandidate): Promise<Proof> {
    const { realm = '', service } = this.#challenge.params;
    const { context, origin, policy, registry, onEvent } = this.#setting;
    if (realm === '') throw new ChallengeError('the challenge names no realm', context());
    const verdict = judgeRealm(realm, new URL(origin), registry, policy);
    if (verdict.decision === 'reject') {
      onEvent?.({ type: 'blocked', why: 'realm', detail: verdict.why });
      throw new RealmRejectedError(`the realm is refused: ${verdict.why}`, verdict.host, context());
    }
    const isSecret = candidate.credential.kind !== 'anonymous';
    const withheld = isSecret && verdict.decision === 'anonymous-only';
    if (withheld) {
      this.#withheldFrom = verdict.url.host;
      onEvent?.({
        type: 'blocked',
        why: 'realm',
        detail: `no credentials for ${verdict.url.host}`,
      });
    }
    const wanted: WantedToken = {
      realm: verdict.url,
      service,
      scopes: this.#scopes,
      candidate: withheld ? nobody : candidate,
    };
    const token = await this.#setting.token(wanted);
    return {
      authorization: `Bearer ${token.value}`,
      cached: token.cached,
      wanted,
      token: token.value,
    };
  }
}

type Proof =
  | {
      readonly authorization: string | undefined;
      readonly cached: false;
      readonly wanted?: never;
      readonly token?: never;
    }
  | {
      readonly authorization: string;
      readonly cached: boolean;
      readonly wanted: WantedToken;
      readonly token: string;
    };

function isRefused(status: number | undefined): boolean {
  return status === 401 || status === 403;
}

/** Whether an answer ends the search: 401 and 403 never do, 404 only without another credential to try. */
function isFinal(status: number, others: number): boolean {
  if (status === 404) return others <= 0;
  return status !== 401 && status !== 403;
}
