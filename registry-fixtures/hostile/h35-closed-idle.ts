import { answerFrom, goodShelf } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** As servers do that do not say `Connection: close`. */
export const closesAfterEach = misdeed(35, 'closes the connection after each answer', async () =>
  startHostile((request, reply) => {
    reply.send(answerFrom(goodShelf, request));
    reply.close();
  }),
);

/** The worst moment: the request is on its way, or has arrived. */
export const resetsWhenUsedAgain = misdeed(
  35,
  'resets a connection when it is used again',
  async () => {
    const used = new Set<number>();
    return startHostile((request, reply) => {
      if (used.has(request.connection)) {
        reply.reset();
        return;
      }
      used.add(request.connection);
      reply.send(answerFrom(goodShelf, request));
    });
  },
);
