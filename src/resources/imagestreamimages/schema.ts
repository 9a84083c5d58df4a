import { image, imagePrefix } from '../schema/image.ts';
import { kindSchema } from '../schema/meta.ts';

export const imageStreamImageSchema = kindSchema(
  `${imagePrefix}.ImageStreamImage`,
  'One image that a stream has or had; named STREAM@DIGEST.',
  { image },
);
