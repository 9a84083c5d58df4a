import { ociIndex, ociManifest } from '../media-types.ts';
import { descriptorOf, image, imageDocument, served } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed, serveManifest } from './serve.ts';

/** One digest that is an image to one reader and an index to another. */
export const bothKinds: readonly Misdeed[] = [ociManifest, ociIndex].map((mediaType) =>
  misdeed(15, `layers and manifests in one document served as ${mediaType}`, async () =>
    serveManifest(
      served(
        imageDocument({ mediaType, manifests: [descriptorOf(ociManifest, image.bytes)] }),
        mediaType,
      ),
    ),
  ),
);
