import { image } from '../schema/image.ts';
import { imageKind } from '../schema/image-group.ts';

export const imageStreamImageSchema = imageKind(
  'ImageStreamImage',
  'One image that a stream has or had; named STREAM@DIGEST.',
  { image },
);
