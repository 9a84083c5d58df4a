import { boolean, int64, listOf, string, time } from '#src/meta/schema-builders.ts';

import { objectReference } from '../schema/core.ts';
import { tagEventCondition } from '../schema/stream.ts';
import { imageDefinition, imageKind } from '../schema/image-group.ts';

const historyEntry = imageDefinition('ImageStreamHistoryEntry', 'One entry of a history.', {
  revision: int64('1 is the oldest entry that is kept.'),
  created: time('When the tag came to this image.'),
  dockerImageReference: string('Where the image can be pulled from.'),
  image: string('Digest of the image; empty when it was not imported.'),
  generation: int64('The intent that led to it.'),
  cause: string('import, schedule, mapping, tag, rollback or status.'),
  by: string('Name of the user who moved the tag.'),
  secret: string('The pull secret that an import used; empty when the registry wanted none.'),
  size: int64('Bytes of all layers.'),
});

const tagCheck = imageDefinition('TagCheck', 'What the schedule of a tag saw.', {
  lastCheck: time('When upstream was last asked.'),
  nextCheck: time('When it will be asked again.'),
  digest: string('What upstream had when the tag was last brought up to it.'),
  heldBack: string('What upstream has, and the tag does not take because it is on hold.'),
  access: imageDefinition('TagAccess', 'How the registry let the last check in.', {
    kind: string('secret, anonymous or refused.'),
    secrets: listOf(
      imageDefinition('TagAccessSecret', 'A pull secret, by name.', {
        secret: string('Name of the secret.'),
        registry: string('The key in it that covers the image.'),
      }),
      'The secret that was used, or those that were refused in their order.',
    ),
  }),
  candidates: listOf(
    imageDefinition('TagCandidate', 'A digest that must have been seen for longer.', {
      digest: string('The digest.'),
      firstSeen: time('When a check first saw it.'),
    }),
    'What a tag with a minimum age waits for, oldest first.',
  ),
  failures: int64('Checks in a row that failed.'),
  failure: string('Why the last one failed.'),
});

const tagHold = imageDefinition('TagHold', 'Keeps a schedule from moving its tag.', {
  active: boolean('The tag is on hold now.'),
  until: time('When the hold ends by itself.'),
  untilNotDigest: string('The hold ends when upstream has another digest than this.'),
});

const tagRegistry = imageDefinition('TagRegistry', 'The registry, while it is not asked.', {
  name: string('Host that is connected to.'),
  phase: string('Paused (nobody asks it) or Held (the schedule does not).'),
  until: time('When it is asked again.'),
  reason: string('Why it is not asked.'),
});

const unusedCredential = imageDefinition(
  'UnusedCredential',
  'A part of a pull secret that is not used, by names only.',
  {
    secret: string('Name of the secret.'),
    key: string('The key in it.'),
    problem: string('Why it is not used.'),
  },
);

export const imageStreamHistorySchema = imageKind(
  'ImageStreamHistory',
  'How the tags of a stream came to be where they are, and what they wait for.',
  {
    tags: listOf(
      imageDefinition('TagHistory', 'One tag.', {
        tag: string('Name of the tag.'),
        from: objectReference,
        scheduled: boolean('The tag is checked again periodically.'),
        pending: boolean('An import is wanted and was not answered yet.'),
        hold: tagHold,
        condition: tagEventCondition,
        check: tagCheck,
        secrets: listOf(string(), 'Pull secrets that are tried, in this order.'),
        unused: listOf(unusedCredential, 'What stands in pull secrets and is not used.'),
        registry: tagRegistry,
        entries: listOf(historyEntry, 'Newest first.'),
      }),
      'The tags by name.',
    ),
  },
);
