import { answerOf, image } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

const { headers, body = '' } = answerOf(image);

export const badDigestHeaders: readonly Misdeed[] = [
  digestHeader('twice', [image.digest, image.digest]),
  digestHeader('twice, with different values', [image.digest, `sha256:${'0'.repeat(64)}`]),
  digestHeader('that is malformed', 'sha256:not-hexadecimal'),
  digestHeader('of sha1', `sha1:${'a'.repeat(40)}`),
  digestHeader('in upper case', image.digest.toUpperCase()),
  digestHeader('with a path', 'sha256:../../../v2/other/blobs/x'),
];

function digestHeader(what: string, value: string | readonly string[]): Misdeed {
  return misdeed(11, `a Docker-Content-Digest ${what}`, async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send({ headers: { ...headers, 'Docker-Content-Digest': value }, body });
    }),
  );
}
