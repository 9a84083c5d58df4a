import { ociIndex, ociManifest } from '../media-types.ts';
import { descriptorOf, image, indexDocument, otherImage, served, tag } from './content.ts';
import { misdeed, serveShelf } from './serve.ts';

const platform = { os: 'linux', architecture: 'amd64' };

export const missingChild = misdeed(63, 'an index whose child is not there', async () =>
  serveShelf({
    tags: {
      [tag]: served(
        indexDocument([
          { ...descriptorOf(ociManifest, image.bytes), platform },
          { mediaType: ociManifest, digest: `sha256:${'0'.repeat(64)}`, size: 300, platform },
        ]),
        ociIndex,
      ),
    },
    manifests: [image],
  }),
);

export const childOfOtherKind = misdeed(63, 'an index whose image is an index', async () => {
  const inner = served(indexDocument([descriptorOf(ociManifest, otherImage.bytes)]), ociIndex);
  return serveShelf({
    tags: {
      [tag]: served(
        indexDocument([{ ...descriptorOf(ociManifest, inner.bytes), platform }]),
        ociIndex,
      ),
    },
    manifests: [inner, otherImage],
  });
});
