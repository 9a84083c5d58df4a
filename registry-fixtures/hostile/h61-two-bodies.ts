import { answerFrom, answerOf, goodShelf, image, otherImage } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** The first answer by digest is right, all after it are another manifest. */
export const twoBodies = misdeed(61, 'one digest with two bodies over time', async () => {
  let times = 0;
  return startHostile((request, reply) => {
    if (!request.path.endsWith(image.digest)) {
      reply.send(answerFrom(goodShelf, request));
      return;
    }
    times += 1;
    reply.send(times === 1 ? answerOf(image) : { ...answerOf(image), body: otherImage.bytes });
  });
});
