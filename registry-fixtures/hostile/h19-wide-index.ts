import { ociIndex, ociManifest } from '../media-types.ts';
import { indexDocument, served } from './content.ts';
import { misdeed, serveManifest } from './serve.ts';

/** Each child would be a request. As many as 4 MiB hold. */
export const wideIndex = misdeed(19, 'an index of 20,000 images', async () =>
  serveManifest(
    served(
      indexDocument(
        Array.from({ length: 20_000 }, (_, number) => ({
          mediaType: ociManifest,
          digest: `sha256:${number.toString(16).padStart(64, '0')}`,
          size: 500,
        })),
      ),
      ociIndex,
    ),
  ),
);
