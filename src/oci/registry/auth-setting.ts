import type { CredentialCandidate, CredentialSource } from '../auth/credential.ts';
import type { ScopeSet } from '../auth/scope.ts';
import type { AuthSetting } from '../auth/setting.ts';
import { CredentialError } from '../errors/auth.ts';
import { OciError } from '../errors/base.ts';
import type { Operation } from '../net/operation.ts';
import type { NetworkPolicy } from '../net/policy.ts';
import { contextOf, type Wire } from '../net/wire.ts';
import type { RepositoryName } from '../ref/reference.ts';
import type { Core } from './core.ts';
import type { Endpoint } from './endpoint.ts';

/** Who asks, and for which repository. */
export interface Asking {
  readonly core: Core;
  readonly name: RepositoryName;
  readonly credentials: CredentialSource;
  readonly network: NetworkPolicy;
}

/** One request that may meet a 401. */
export interface Departing {
  readonly wire: Wire;
  readonly endpoint: Endpoint;
  readonly operation: Operation;
  readonly scopes: ScopeSet;
}

/** What gets a request past 401: the asker's candidates, the tokens and lessons of all askers. */
export function authSettingOf(asking: Asking, departing: Departing): AuthSetting {
  const { core, network, name } = asking;
  const { wire, endpoint, operation, scopes } = departing;
  const { origin } = wire;
  const key = memoryKey(origin, endpoint);
  const winnerKey = (ids: string): string => JSON.stringify([key, endpoint.repository, ids]);
  let found: Promise<readonly CredentialCandidate[]> | undefined;
  return {
    memoryKey: key,
    origin,
    registry: endpoint.name,
    target: endpoint.target,
    scopes,
    policy: network,
    memory: core.memory,
    preemptive: endpoint.profile.preemptiveAuth,
    context: () => ({ ...contextOf(wire), ...name }),
    onEvent: core.options.onEvent,
    candidates: async () => (found ??= candidatesOf(asking, departing)),
    winner: {
      get: (ids) => core.winner(winnerKey(ids)),
      set: (ids, id) => {
        core.setWinner(winnerKey(ids), id);
      },
    },
    token: async (wanted) =>
      core.token(
        wanted,
        {
          origin,
          policy: network,
          ...(wire.tls !== undefined && { tls: wire.tls }),
          proxy: wire.proxy,
          profile: core.profiles.of(endpoint),
          isPrivate: core.transport.isPrivate(wire),
        },
        operation,
      ),
    dropToken: (wanted, value) => {
      core.dropToken(wanted, origin, value);
    },
    discover: async () =>
      core.transport.exchange(
        { ...wire, method: 'GET', path: `${endpoint.pathPrefix}/v2/`, stream: false },
        operation,
      ),
    basicUsed: () => {
      core.transport.lane(wire.host, wire.rate).becomeAdaptive();
    },
  };
}

async function candidatesOf(
  { credentials, name }: Asking,
  { endpoint, operation }: Departing,
): Promise<readonly CredentialCandidate[]> {
  try {
    return await operation.wait(credentials.candidates(endpoint.target));
  } catch (error) {
    if (error instanceof OciError) throw error;
    // What a source says may quote what it could not read.
    throw new CredentialError('the credentials could not be read', name);
  }
}

/** What lessons about authentication are kept under. */
export function memoryKey(origin: string, { pathPrefix }: Endpoint): string {
  return origin + pathPrefix;
}
