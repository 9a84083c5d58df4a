import {
  boolean,
  conditionFields,
  int64,
  keyedList,
  listOf,
  string,
  stringMap,
  time,
} from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

import { objectReference } from './core.ts';
import { tagImportPolicy, tagReferencePolicy } from './image.ts';
import { imageDefinition, imageKind } from './image-group.ts';

/** A spec tag. */
export const tagReference: Schema = imageDefinition('TagReference', 'What a tag should follow.', {
  name: string('Name of the tag.'),
  annotations: stringMap('Shown on the tag and its image.'),
  from: objectReference,
  reference: boolean('The pull spec is only remembered, never imported.'),
  generation: int64('The intent that the tag is at; 0 asks for another import.'),
  importPolicy: tagImportPolicy,
  referencePolicy: tagReferencePolicy,
});

/** Whether workloads of the namespace may use the stream's name as an image. */
export const imageLookupPolicy: Schema = imageDefinition(
  'ImageLookupPolicy',
  'Whether workloads may name the stream as their image.',
  { local: boolean('They may.') },
);

const tagEvent = imageDefinition('TagEvent', 'What a tag was at a time.', {
  created: time('When the tag came to this image.'),
  dockerImageReference: string('Where the image can be pulled from.'),
  image: string('Digest of the image; empty when it was not imported.'),
  generation: int64('The intent that led to it.'),
});

/** A failed import. */
export const tagEventCondition: Schema = imageDefinition(
  'TagEventCondition',
  'What went wrong when a tag was imported; absent when nothing did.',
  {
    ...conditionFields('ImportSuccess.', 'False.'),
    generation: int64('The intent that it is about.'),
  },
);

/** A status tag. */
export const namedTagEventList: Schema = imageDefinition(
  'NamedTagEventList',
  'The history of a tag.',
  {
    tag: string('Name of the tag.'),
    items: listOf(tagEvent, 'What the tag was, newest first.'),
    conditions: listOf(tagEventCondition, 'What went wrong at the last import.'),
  },
);

/** An ImageStream. `spec.tags` is a map by name, so that several appliers can each own a tag. */
export const imageStream: Schema = imageKind(
  'ImageStream',
  'A named set of tags with their history.',
  {
    spec: imageDefinition('ImageStreamSpec', 'What the tags should follow.', {
      lookupPolicy: imageLookupPolicy,
      dockerImageRepository: string('A whole repository to import; no tag or digest.'),
      tags: keyedList(tagReference, 'name', 'The tags.'),
    }),
    status: imageDefinition('ImageStreamStatus', 'What the tags are.', {
      dockerImageRepository: string('Where the stream can be pulled from.'),
      publicDockerImageRepository: string('The same, from outside.'),
      tags: keyedList(namedTagEventList, 'tag', 'The history of each tag.'),
    }),
  },
);
