import { image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

export const noDigestHeader = misdeed(12, 'no Docker-Content-Digest at all', async () =>
  misbehaveOnManifests((_request, reply) => {
    reply.send({ headers: { 'Content-Type': image.mediaType }, body: image.bytes });
  }),
);
