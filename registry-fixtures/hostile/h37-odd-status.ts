import { answerOf, image } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** Statuses that no registry may answer a plain GET with; the body is good. */
export const oddStatuses: readonly Misdeed[] = [
  201, 202, 203, 204, 205, 206, 226, 300, 304, 305, 999,
].map((status) =>
  misdeed(37, `status ${status} to a plain GET`, async () =>
    misbehaveOnManifests((_request, reply) => {
      const { headers = {}, body = '' } = answerOf(image);
      // These two have no body by definition.
      if (status === 204 || status === 304) reply.head({ status, headers });
      else reply.send({ status, headers, body });
    }),
  ),
);

export const switchingProtocols = misdeed(
  37,
  'status 101 to a request for no other protocol',
  async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.head({ status: 101, headers: { Connection: 'Upgrade', Upgrade: 'websocket' } });
      reply.raw(image.bytes);
    }),
);
