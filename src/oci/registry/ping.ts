import { parseChallenges } from '../auth/challenge.ts';
import { RegistryBlockedError } from '../errors/network.ts';
import type { Operation } from '../net/operation.ts';
import { mediaTypeOf } from '../ref/media-type.ts';
import type { Call } from './call.ts';
import { follow } from './follow.ts';
import type { PingResult } from './options.ts';
import type { Session } from './session.ts';

/**
 * `GET /v2/` without credentials.
 * @throws {OciError} when there is no answer
 */
export async function ping(session: Session, operation: Operation): Promise<PingResult> {
  const { core, network, name } = session;
  const [endpoint] = await session.endpoints('list');
  if (endpoint === undefined) throw new RegistryBlockedError(`registry ${name.registry} blocked`);
  const call: Call = {
    method: 'GET',
    path: '',
    by: 'list',
    limit: { name: 'tokenBytes', bytes: core.limits.tokenBytes },
  };
  return session.overSchemes(endpoint, operation, async (scheme) => {
    const wire = session.wire(endpoint.origins[scheme], endpoint, call, { attempt: 1 });
    const { status, headers } = await follow(core, network, {
      wire,
      authorization: undefined,
      operation,
    });
    const isNamed = headers['docker-distribution-api-version'] === 'registry/2.0';
    const isPage = mediaTypeOf(headers['content-type']) === 'text/html';
    const isUsual = !isPage && (status === 200 || status === 401 || status === 403);
    return {
      api: isNamed || isUsual ? 'v2' : 'unknown',
      challenges: parseChallenges(headers['www-authenticate']),
      scheme,
    };
  });
}
