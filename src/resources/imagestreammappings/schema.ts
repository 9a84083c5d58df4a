import { string } from '#src/meta/schema-builders.ts';

import { image } from '../schema/image.ts';
import { imageKind } from '../schema/image-group.ts';

export const imageStreamMappingSchema = imageKind(
  'ImageStreamMapping',
  'Puts an image onto a tag of a stream; sent by registries after a push.',
  { image, tag: string('Name of the tag.') },
);
