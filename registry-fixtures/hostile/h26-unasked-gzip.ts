import { gzipSync } from 'node:zlib';

import { digestOf } from '../digest.ts';
import { ociConfig } from '../media-types.ts';
import {
  answerFrom,
  descriptorOf,
  image,
  imageDocument,
  otherImage,
  served,
  tag,
} from './content.ts';
import type { Answer } from './reply.ts';
import { isManifest, misdeed, serveChanged } from './serve.ts';
import { startHostile } from './server.ts';

/** Red Hat's registry does this to configs. */
export const unaskedGzip = misdeed(26, 'gzip though identity was asked for', async () =>
  serveChanged((answer) => gzipped(answer, answer.body ?? '')),
);

/** Storage that was given compressed content, and says so. */
export const namedAsGzip = misdeed(26, 'a config whose digest is that of its gzip', async () => {
  const gzip = gzipSync(image.blobs[0]?.bytes ?? '');
  const manifest = served(imageDocument({ config: descriptorOf(ociConfig, gzip) }));
  return startHostile((request, reply) => {
    const answer = answerFrom({ tags: { [tag]: manifest }, blobs: [gzip] }, request);
    const isConfig = request.path.endsWith(digestOf(gzip));
    reply.send(isConfig ? { ...answer, headers: { 'Content-Encoding': 'gzip' } } : answer);
  });
});

export const unaskedGzipOfOther = misdeed(26, 'gzip of something else', async () =>
  serveChanged((answer, { path }) =>
    path.includes(image.digest) ? gzipped(answer, otherImage.bytes) : answer,
  ),
);

export const brokenGzip = misdeed(26, 'a Content-Encoding of gzip on what is none', async () =>
  serveChanged((answer, request) =>
    isManifest(request)
      ? { ...answer, headers: { ...answer.headers, 'Content-Encoding': 'gzip' }, body: 'no gzip' }
      : answer,
  ),
);

function gzipped(answer: Answer, body: string | Uint8Array): Answer {
  return {
    ...answer,
    headers: { ...answer.headers, 'Content-Encoding': 'gzip' },
    body: gzipSync(body),
  };
}
