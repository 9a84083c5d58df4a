import { boolean, int64, listOf, mapOf, string } from '#src/meta/schema-builders.ts';

import { secretSchema } from '../secrets/schema.ts';
import { imageDefinition, imageKind } from '../schema/image-group.ts';

export const imageStreamLayersSchema = imageKind(
  'ImageStreamLayers',
  'Every blob that the images of a stream are made of.',
  {
    blobs: mapOf(
      imageDefinition('ImageLayerData', 'One blob.', {
        size: int64('Bytes; null when unknown.'),
        mediaType: string('Media type.'),
      }),
      'The blobs by digest.',
    ),
    images: mapOf(
      imageDefinition('ImageBlobReferences', 'What one image is made of.', {
        imageMissing: boolean('The image is not known any more.'),
        layers: listOf(string(), 'Digests of the layers, base first.'),
        config: string('Digest of the config.'),
        manifests: listOf(string(), 'Digests of the images of an index.'),
      }),
      'The images by digest.',
    ),
  },
);

export const secretListSchema = imageKind('SecretList', 'The pull secrets of the namespace.', {
  items: listOf(secretSchema, 'The secrets.'),
});
