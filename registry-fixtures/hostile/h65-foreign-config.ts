import { answerFrom, errorAnswer, goodShelf } from './content.ts';
import { misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** It knows the digest of somebody's private config, and not the config: it hopes that the client will fill it in. */
export const foreignConfig = misdeed(
  65,
  'a manifest that names the config of another repository',
  async () =>
    startHostile((request, reply) => {
      const isThief = request.path.startsWith('/v2/thief/');
      reply.send(
        isThief && request.path.includes('/blobs/')
          ? errorAnswer(404, 'BLOB_UNKNOWN', 'blob unknown to registry')
          : answerFrom(goodShelf, request),
      );
    }),
);
