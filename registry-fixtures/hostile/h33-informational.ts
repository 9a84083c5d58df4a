import { answerOf, image } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

export const informationalThenGood = misdeed(33, 'a thousand 103 before the answer', async () =>
  misbehaveOnManifests((_request, reply) => {
    reply.raw('HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n'.repeat(1000));
    reply.send(answerOf(image));
  }),
);

export const informationalForEver = misdeed(33, '103 for ever', async () =>
  misbehaveOnManifests(async (_request, reply) => {
    while (!reply.closed) {
      await reply.paced('HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\n\r\n');
      await reply.wait(20);
    }
  }),
);

/** Only who says `Expect: 100-continue` may be told so. */
export const unaskedContinue = misdeed(33, '100 Continue before the answer', async () =>
  misbehaveOnManifests((_request, reply) => {
    reply.raw('HTTP/1.1 100 Continue\r\n\r\n');
    reply.send(answerOf(image));
  }),
);
