import { answerOf, image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

export const longBody = misdeed(4, 'more bytes than the Content-Length', async () =>
  misbehaveOnManifests((request, reply) => {
    reply.send(answerOf(image));
    if (request.method !== 'HEAD') reply.raw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
  }),
);
