import { int64, listOf } from '#src/meta/schema-builders.ts';

import { image } from '../schema/image.ts';
import { imageLookupPolicy, tagEventCondition, tagReference } from '../schema/stream.ts';
import { imageKind } from '../schema/image-group.ts';

export const imageStreamTagSchema = imageKind(
  'ImageStreamTag',
  'One tag of a stream with its current image; named STREAM:TAG.',
  {
    tag: tagReference,
    generation: int64('The generation of the current image; 0 without one.'),
    lookupPolicy: imageLookupPolicy,
    conditions: listOf(tagEventCondition, 'What went wrong at the last import.'),
    image,
  },
);
