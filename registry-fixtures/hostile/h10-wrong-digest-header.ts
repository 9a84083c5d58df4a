import { answerOf, image, otherImage } from './content.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

export const wrongDigestHeader = misdeed(
  10,
  'right bytes under a Docker-Content-Digest that is another’s',
  async () =>
    misbehaveOnManifests((_request, reply) => {
      const { headers = {}, body = '' } = answerOf(image);
      reply.send({ headers: { ...headers, 'Docker-Content-Digest': otherImage.digest }, body });
    }),
);
