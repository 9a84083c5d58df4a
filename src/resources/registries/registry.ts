import { rfc3339 } from '#src/lib/clock.ts';
import { present } from '#src/lib/present.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { RegistryState } from '#src/store/registries.ts';

export const registryGroup = 'sluice.dev';
export const registryApiVersion = `${registryGroup}/v1`;

/** Whether a registry is asked: `Paused` by nobody, as it said so; `Held` by people only, not by the schedule. */
export type RegistryPhase = 'Ready' | 'Paused' | 'Held';

/** sluice.dev/v1 Registry: what all servers and workers know of a host that they ask. */
export interface Registry extends KubeObject {
  status: {
    phase: RegistryPhase;
    /** RFC 3339; when it is asked again. */
    until?: string;
    reason?: string;
    /** What all processes together may ask. */
    requestsPerSecond?: number;
    inFlight?: number;
    quota?: { limit?: number; remaining?: number; windowSeconds?: number; time: string };
    scheduledTags: number;
    /** Processes that have asked within the last half minute. */
    processes: number;
    requests: number;
    /** Of these, answered 429. */
    refused: number;
    lastAnswer?: string;
    lastFailure?: { message: string; time: string };
  };
}

/** A host's state as a document. */
export function registryOf(state: RegistryState): Registry {
  const { host, rate, inFlight, quota, failure, failedAt, answeredAt } = state;
  const { tags: scheduledTags, processes, requests, refused } = state;
  return {
    kind: 'Registry',
    apiVersion: registryApiVersion,
    metadata: { name: host },
    status: {
      ...phaseOf(state),
      ...present({ requestsPerSecond: rate, inFlight }),
      ...(quota === undefined ? {} : { quota: quotaOf(quota) }),
      scheduledTags,
      processes,
      requests,
      refused,
      ...(answeredAt === undefined ? {} : { lastAnswer: rfc3339(answeredAt) }),
      ...(failure === undefined || failedAt === undefined
        ? {}
        : { lastFailure: { message: failure, time: rfc3339(failedAt) } }),
    },
  };
}

/** What keeps a host from being asked; undefined while nothing does. */
export function unaskedOf(
  state: RegistryState,
): { name: string; phase: 'Paused' | 'Held'; until: string; reason?: string } | undefined {
  const { phase, until, reason } = phaseOf(state);
  if (phase === 'Ready' || until === undefined) return undefined;
  return { name: state.host, phase, until, ...present({ reason }) };
}

const peopleWait = "people's imports go first";

function phaseOf({
  blockedUntil,
  heldUntil,
  peopleUntil,
  readAt,
  reason: known,
}: RegistryState): Pick<Registry['status'], 'phase' | 'until' | 'reason'> {
  const until = Math.max(blockedUntil, heldUntil, peopleUntil);
  const reason = Math.max(blockedUntil, heldUntil) > readAt ? known : peopleWait;
  if (until <= readAt) return { phase: 'Ready' };
  const phase = blockedUntil > readAt ? 'Paused' : 'Held';
  return { phase, until: rfc3339(until), ...present({ reason }) };
}

function quotaOf({
  seenAt,
  ...quota
}: NonNullable<RegistryState['quota']>): NonNullable<Registry['status']['quota']> {
  return { ...quota, time: rfc3339(seenAt) };
}
