import { answerOf, image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** Half of a body, and the end of the connection. */
export const shortBody = misdeed(1, 'a body shorter than its Content-Length', async () =>
  misbehaveOnManifests((_request, reply) => {
    const { headers = {} } = answerOf(image);
    reply.head({ headers: { ...headers, 'Content-Length': String(image.bytes.length) } });
    reply.raw(image.bytes.subarray(0, image.bytes.length / 2));
    reply.close();
  }),
);
