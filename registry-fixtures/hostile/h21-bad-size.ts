import { ociConfig, ociLayer } from '../media-types.ts';
import { descriptorOf, image, imageDocument, served } from './content.ts';
import type { Misdeed } from './misdeed.ts';
import { misdeed, serveManifest } from './serve.ts';

const [config = Buffer.alloc(0), layer = config] = image.blobs.map(({ bytes }) => bytes);
const sizes: readonly unknown[] = [-1, 1.5, 2 ** 60, '12', null, undefined, [12], true];

/** Sizes that are no sizes, of the config and of a layer. */
export const badSizes: readonly Misdeed[] = sizes.flatMap((size) => [
  misdeed(21, `a config of size ${written(size)}`, async () =>
    serveManifest(served(imageDocument({ config: { ...descriptorOf(ociConfig, config), size } }))),
  ),
  misdeed(21, `a layer of size ${written(size)}`, async () =>
    serveManifest(served(imageDocument({ layers: [{ ...descriptorOf(ociLayer, layer), size }] }))),
  ),
]);

function written(size: unknown): string {
  return size === undefined ? 'nothing' : JSON.stringify(size);
}
