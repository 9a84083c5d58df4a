import { answerFrom, goodShelf } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

export const flapping = misdeed(57, '503 to every other request', async () =>
  startHostile((request, reply) => {
    if (request.number % 2 === 1) reply.send({ status: 503, body: 'upstream connect error' });
    else reply.send(answerFrom(goodShelf, request));
  }),
);

/** The tag is there, and what it names is not, the first time. */
export const flappingDigest = misdeed(57, '503 to the first request by digest', async () => {
  let isFirst = true;
  return startHostile((request, reply) => {
    if (isFirst && request.path.includes('sha256:')) {
      isFirst = false;
      reply.send({ status: 503 });
    } else reply.send(answerFrom(goodShelf, request));
  });
});
