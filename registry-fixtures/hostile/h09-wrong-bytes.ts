import { digestOf } from '../digest.ts';
import { answerFrom, answerOf, goodShelf, image, otherImage } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** By digest, manifests and blobs are others than asked for; the headers say what was asked for. */
export const wrongBytes = misdeed(9, 'other bytes than the digest asked for', async () =>
  startHostile((request, reply) => {
    const answer = answerFrom(goodShelf, request);
    if (request.path.endsWith(image.digest))
      reply.send({ ...answerOf(image), body: otherImage.bytes });
    else if (request.path.includes('/blobs/'))
      reply.send({ ...answer, body: flipped(answer.body as Uint8Array) });
    else reply.send(answer);
  }),
);

/** The same bytes but for one bit in the middle. */
function flipped(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 1;
  if (digestOf(copy) === digestOf(bytes)) throw new Error('one bit must change the digest');
  return copy;
}
