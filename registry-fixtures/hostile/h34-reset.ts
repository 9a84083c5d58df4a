import { answerOf, image } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import type { Reply } from './reply.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

const headers = { ...answerOf(image).headers, 'Content-Length': String(image.bytes.length) };

/** Where the reset comes; `times` requests for manifests get it, those after are served well. */
export function resets(times = Infinity): readonly Misdeed[] {
  return [
    resetting('before any answer', times, (reply) => {
      reply.reset();
    }),
    resetting('in the middle of the headers', times, async (reply) => {
      reply.head({ headers }, true);
      await reply.wait(20);
      reply.reset();
    }),
    resetting('in the middle of the body', times, async (reply) => {
      reply.head({ headers });
      reply.raw(image.bytes.subarray(0, 40));
      await reply.wait(20);
      reply.reset();
    }),
  ];
}

function resetting(
  where: string,
  times: number,
  reset: (reply: Reply) => void | Promise<void>,
): Misdeed {
  return misdeed(34, `a connection reset ${where}`, async () =>
    misbehaveOnManifests(async ({ number }, reply) => {
      if (number > times) reply.send(answerOf(image));
      else await reset(reply);
    }),
  );
}
