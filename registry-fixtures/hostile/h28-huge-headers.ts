import { answerOf, image } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

const headers = { ...answerOf(image).headers, 'Content-Length': String(image.bytes.length) };

export const hugeHeaders: readonly Misdeed[] = [
  misdeed(28, 'a header of 64 KiB', async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.head({ headers: { ...headers, 'X-Large': 'x'.repeat(64 * 1024) } });
      reply.raw(image.bytes);
    }),
  ),
  misdeed(28, 'ten thousand headers', async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.head({ headers: { ...headers, 'X-Many': Array.from({ length: 10_000 }, () => 'x') } });
      reply.raw(image.bytes);
    }),
  ),
  misdeed(28, 'headers without end', async () =>
    misbehaveOnManifests(async (_request, reply) => {
      reply.head({ headers }, true);
      while (!reply.closed) await reply.paced(`X-More: ${'x'.repeat(1000)}\r\n`);
    }),
  ),
];
