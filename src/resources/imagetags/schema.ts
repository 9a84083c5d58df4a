import { image } from '../schema/image.ts';
import { namedTagEventList, tagReference } from '../schema/stream.ts';
import { imageKind } from '../schema/image-group.ts';

export const imageTagSchema = imageKind(
  'ImageTag',
  'One tag of a stream with its intent and its history; named STREAM:TAG.',
  { spec: tagReference, status: namedTagEventList, image },
);
