/** Getting past 401: whether a registry wants to know who asks, and how it was asked last time. */
import type { RawResponse } from '../net/request.ts';
import { Attempts, type Asker, type AuthorizedResponse, type Send } from './attempts.ts';
import type { Challenge } from './challenge.ts';
import { pickChallenge } from './choice.ts';
import { nobody } from './credential.ts';
import type { AuthSetting } from './setting.ts';

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
    if (challenge === undefined) return { response: probe, ...anonymous };
  }
  return new Attempts(setting, send, challenge).run(probe);
}

/** Nobody in particular. */
export const anonymous: Asker = { credential: nobody.id, tried: [], credentialsRejected: false };

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
