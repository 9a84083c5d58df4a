import { answerOf, image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** Nothing in HTTP tells that a body is incomplete that ends with the connection. */
export const cutCloseDelimited = misdeed(3, 'a body up to the close, cut short', async () =>
  misbehaveOnManifests((_request, reply) => {
    reply.head({
      ...answerOf(image),
      headers: { ...answerOf(image).headers, Connection: 'close' },
    });
    reply.raw(image.bytes.subarray(0, image.bytes.length - 10));
    reply.close();
  }),
);
