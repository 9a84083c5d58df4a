import { answerOf, image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

/** A chunked body without the chunk that ends it. */
export const cutChunks = misdeed(2, 'a chunked body cut before its last chunk', async () =>
  misbehaveOnManifests((_request, reply) => {
    const { headers = {} } = answerOf(image);
    reply.head({ headers: { ...headers, 'Transfer-Encoding': 'chunked' } });
    reply.raw(`${image.bytes.length.toString(16)}\r\n`, image.bytes, '\r\n');
    reply.close();
  }),
);
