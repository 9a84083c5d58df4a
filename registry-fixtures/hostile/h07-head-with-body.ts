import { answerOf, image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** The body comes with the headers, before the next request can be under way. */
export const headWithBody = misdeed(7, 'HEAD answered with a body', async () =>
  misbehaveOnManifests((request, reply) => {
    reply.send(answerOf(image));
    if (request.method === 'HEAD') reply.raw(image.bytes);
  }),
);
