import { answerOf, image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** No pause is long, so that no timeout between two pieces ever strikes. */
export const slowBody = misdeed(31, 'a body for ever, a byte each 50 ms', async () =>
  misbehaveOnManifests(async (_request, reply) => {
    reply.head({ headers: { ...answerOf(image).headers, 'Transfer-Encoding': 'chunked' } });
    while (!reply.closed) {
      reply.raw('1\r\n \r\n');
      await reply.wait(50);
    }
  }),
);
