import { answerFrom, goodShelf } from './content.ts';
import type { HostileServer } from './misdeed.ts';
import { misbehaveOnManifests, misdeed } from './serve.ts';
import { startHostile } from './server.ts';

/** As S3 words it; the path and the key are nobody's business. */
export const storageError =
  '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Request has expired</Message>' +
  '<AWSAccessKeyId>AKIAEXAMPLE</AWSAccessKeyId></Error>';

/** The first so many signed URLs are too old when they are used. */
async function expired(times: number): Promise<HostileServer> {
  const storage = await startHostile((request, reply) => {
    if (request.number > times) reply.send(answerFrom(goodShelf, request));
    else
      reply.send({
        status: 403,
        headers: { 'Content-Type': 'application/xml' },
        body: storageError,
      });
  });
  return misbehaveOnManifests(
    (request, reply) => {
      const signature = `X-Amz-Signature=signature-${request.number}`;
      reply.send({
        status: 307,
        headers: { Location: `${storage.url}${request.path}?${signature}` },
      });
    },
    { accomplice: storage },
  );
}

export const expiredOnce = misdeed(52, 'a signed URL that has expired, once', async () =>
  expired(1),
);

export const expiredAlways = misdeed(52, 'signed URLs that have all expired', async () =>
  expired(Infinity),
);
