import { errorAnswer, image } from './content.ts';
import type { Answer } from './reply.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';

function answering(what: string, answer: Answer): Misdeed {
  return misdeed(60, what, async () =>
    misbehaveOnManifests((_request, reply) => {
      reply.send(answer);
    }),
  );
}

/** A body that names an error under a status of success. */
export const errorWithSuccess = answering('TOOMANYREQUESTS with status 200', {
  ...errorAnswer(200, 'TOOMANYREQUESTS', 'slow down'),
  headers: { 'Content-Type': image.mediaType },
});

export const limitedWithServerError = answering(
  'TOOMANYREQUESTS with status 500',
  errorAnswer(500, 'TOOMANYREQUESTS', 'slow down'),
);

export const unauthorizedWithNotFound = answering(
  'UNAUTHORIZED with status 404',
  errorAnswer(404, 'UNAUTHORIZED', 'authentication required'),
);

export const unknownWithBadRequest = answering(
  'MANIFEST_UNKNOWN with status 400',
  errorAnswer(400, 'MANIFEST_UNKNOWN', 'manifest unknown'),
);
