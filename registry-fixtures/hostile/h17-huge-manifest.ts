import { ociManifest } from '../media-types.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** Five MiB, more than any manifest may have. */
const hugeManifestBytes = 5 * 1024 * 1024;

const headers = { 'Content-Type': ociManifest };

export const hugeManifests: readonly Misdeed[] = [
  misdeed(17, 'a manifest of 5 MiB, announced', async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send({ headers, body: Buffer.alloc(hugeManifestBytes, ' ') });
    }),
  ),
  misdeed(17, 'a manifest in chunks without end', async () =>
    misbehaveOnManifests(async (_request, reply) => {
      reply.head({ headers: { ...headers, 'Transfer-Encoding': 'chunked' } });
      const chunk = Buffer.concat([
        Buffer.from('10000\r\n'),
        Buffer.alloc(0x1_00_00, ' '),
        Buffer.from('\r\n'),
      ]);
      while (!reply.closed) await reply.paced(chunk);
    }),
  ),
];
