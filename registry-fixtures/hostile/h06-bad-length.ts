import { answerOf, image } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

export const badLengths: readonly Misdeed[] = ['-5', '1e30', 'abc', '99999999999999999999999'].map(
  (length) =>
    misdeed(6, `Content-Length: ${length}`, async () =>
      misbehaveOnManifests((_request, reply) => {
        reply.head({ headers: { ...answerOf(image).headers, 'Content-Length': length } });
        reply.raw(image.bytes);
      }),
    ),
);
