import { ociIndex, ociManifest } from '../media-types.ts';
import { digestOf } from '../digest.ts';
import {
  answerOf,
  descriptorOf,
  image,
  indexDocument,
  served,
  tag,
  type ServedManifest,
} from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misbehaveOnManifests, misdeed, serveShelf } from './serve.ts';

export const endlessIndexes: readonly Misdeed[] = [
  misdeed(20, 'an index in an index in an index, 50 deep', async () => {
    const chain: ServedManifest[] = [image];
    for (let depth = 0; depth < 50; depth += 1) {
      const { mediaType, bytes } = chain[0] ?? image;
      chain.unshift(served(indexDocument([descriptorOf(mediaType, bytes)]), ociIndex));
    }
    const [top = image, ...manifests] = chain;
    return serveShelf({ tags: { [tag]: top }, manifests });
  }),
  // No document can hold its own digest, so one that refers to itself has to lie about one of the two.
  misdeed(20, 'an index that is its own child, as far as the server says', async () => {
    const own = served(selfReference(served(selfReference(100), ociIndex).bytes.length), ociIndex);
    return misbehaveOnManifests((_request, reply) => {
      reply.send({ ...answerOf(own), headers: { 'Content-Type': ociIndex } });
    });
  }),
  misdeed(20, 'an index with one image a hundred times', async () =>
    serveShelf({
      tags: {
        [tag]: served(
          indexDocument(Array.from({ length: 100 }, () => descriptorOf(ociManifest, image.bytes))),
          ociIndex,
        ),
      },
      manifests: [image],
    }),
  ),
];

function selfReference(size: number): object {
  return indexDocument([{ mediaType: ociIndex, digest: digestOf(Buffer.from('me')), size }]);
}
