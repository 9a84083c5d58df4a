import { ociConfig } from '../media-types.ts';
import { digestOf } from '../digest.ts';
import { answerFrom, image, imageDocument, served, tag } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';
import type { HostileServer } from './misdeed.ts';

const [config = Buffer.alloc(0)] = image.blobs.map(({ bytes }) => bytes);

/** The config is served right; what the manifest says of it is wrong. */
async function serveConfig(size: number): Promise<HostileServer> {
  const manifest = served(
    imageDocument({ config: { mediaType: ociConfig, digest: digestOf(config), size } }),
  );
  return startHostile((request, reply) => {
    reply.send(answerFrom({ tags: { [tag]: manifest } }, request));
  });
}

/** A blob of the right length that is another. */
export const otherBlobOfSize = misdeed(23, 'a config of the right size that is another', async () =>
  startHostile((request, reply) => {
    const answer = answerFrom({ tags: { [tag]: image } }, request);
    const isConfig = request.path.endsWith(digestOf(config));
    reply.send(isConfig ? { ...answer, body: Buffer.alloc(config.length, ' ') } : answer);
  }),
);

export const tooSmallSize = misdeed(23, 'a config larger than the manifest says', async () =>
  serveConfig(config.length - 1),
);

export const tooLargeSize = misdeed(23, 'a config smaller than the manifest says', async () =>
  serveConfig(config.length + 1),
);

/** Nothing may be allocated by what a manifest promises. */
export const giantSize = misdeed(23, 'a config that the manifest says has 8 PiB', async () =>
  serveConfig(2 ** 53 - 1),
);
