import { gzipSync } from 'node:zlib';

import { image, otherImage } from './content.ts';
import type { Answer } from './reply.ts';
import { isManifest, misdeed, serveChanged } from './serve.ts';

/** Red Hat's registry does this to configs. */
export const unaskedGzip = misdeed(26, 'gzip though identity was asked for', async () =>
  serveChanged((answer) => gzipped(answer, answer.body ?? '')),
);

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
