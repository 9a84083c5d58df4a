import { answerOf, image } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

const { headers } = answerOf(image);
const length = String(image.bytes.length);

/** Answers whose end two readers see at different places: how requests are smuggled. */
export const twoLengths: readonly Misdeed[] = [
  misdeed(5, 'two Content-Lengths that differ', async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.head({ headers: { ...headers, 'Content-Length': [length, '7'] } });
      reply.raw(image.bytes);
    }),
  ),
  misdeed(5, 'Content-Length and Transfer-Encoding together', async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.head({
        headers: { ...headers, 'Content-Length': length, 'Transfer-Encoding': 'chunked' },
      });
      reply.raw(`${image.bytes.length.toString(16)}\r\n`, image.bytes, '\r\n0\r\n\r\n');
    }),
  ),
];
