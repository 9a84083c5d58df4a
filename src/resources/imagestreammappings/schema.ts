import { string } from '../schema/builders.ts';
import { image, imagePrefix } from '../schema/image.ts';
import { kindSchema } from '../schema/meta.ts';

export const imageStreamMappingSchema = kindSchema(
  `${imagePrefix}.ImageStreamMapping`,
  'Puts an image onto a tag of a stream; sent by registries after a push.',
  { image, tag: string('Name of the tag.') },
);
