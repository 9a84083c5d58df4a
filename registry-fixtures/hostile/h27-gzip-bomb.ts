import { gzipSync } from 'node:zlib';

import { image } from './content.ts';
import { isManifest, misdeed, serveChanged } from './serve.ts';

/** A thousand times, each of which a client might undo (CVE-2026-22036). */
export const manyCodings = misdeed(27, 'a thousand content codings', async () =>
  serveChanged((answer, request) =>
    isManifest(request)
      ? {
          headers: {
            ...answer.headers,
            'Content-Encoding': Array.from({ length: 1000 }, () => 'gzip').join(','),
          },
          body: gzipSync(image.bytes),
        }
      : answer,
  ),
);

/** 64 MiB of blanks in 64 KiB. */
export const gzipBomb = misdeed(27, 'a small body that unpacks to 64 MiB', async () => {
  const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024, ' '));
  return serveChanged((answer, request) =>
    isManifest(request)
      ? { headers: { ...answer.headers, 'Content-Encoding': 'gzip' }, body: bomb }
      : answer,
  );
});
