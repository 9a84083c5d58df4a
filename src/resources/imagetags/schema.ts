import { image, imagePrefix } from '../schema/image.ts';
import { kindSchema } from '../schema/meta.ts';
import { namedTagEventList, tagReference } from '../schema/stream.ts';

export const imageTagSchema = kindSchema(
  `${imagePrefix}.ImageTag`,
  'One tag of a stream with its intent and its history; named STREAM:TAG.',
  { spec: tagReference, status: namedTagEventList, image },
);
