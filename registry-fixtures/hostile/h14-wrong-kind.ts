import { ociIndex } from '../media-types.ts';
import { image, imageDocument, served } from './content.ts';
import { misdeed, serveManifest } from './serve.ts';

/** What the header says and what the document is differ (CVE-2021-41190). */
export const imageAsIndex = misdeed(14, 'an image served as an index', async () =>
  serveManifest({ bytes: image.bytes, mediaType: ociIndex }),
);

/** Nothing contradicts the header but what stands in the document, and what does not. */
export const untypedImageAsIndex = misdeed(
  14,
  'an image without a mediaType of its own served as an index',
  async () => serveManifest(served(imageDocument({ mediaType: undefined }), ociIndex)),
);
