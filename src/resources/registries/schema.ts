import { definition, int64, string, time } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

const prefix = 'dev.sluice.v1';

const quota = definition(`${prefix}.RegistryQuota`, 'What the registry says of its quota.', {
  limit: int64('Requests in a window.'),
  remaining: int64('Requests that are left of them.'),
  windowSeconds: int64('Length of the window.'),
  time: time('When it said so.'),
});

const failure = definition(`${prefix}.RegistryFailure`, 'A request without a usable answer.', {
  message: string('What went wrong.'),
  time: time('When.'),
});

const status = definition(`${prefix}.RegistryStatus`, 'What is known of a registry.', {
  phase: string('Ready, Paused (nobody asks it) or Held (the schedule does not).'),
  until: time('When it is asked again.'),
  reason: string('Why it is not asked.'),
  requestsPerSecond: {
    type: 'number',
    description: 'Requests a second that all processes may make together.',
  },
  inFlight: int64('Requests under way that all processes may have together.'),
  quota,
  scheduledTags: int64('Scheduled tags on it.'),
  processes: int64('Processes that have asked it within the last half minute.'),
  requests: int64('Requests so far.'),
  refused: int64('Requests that were answered 429.'),
  lastAnswer: time('When it last answered.'),
  lastFailure: failure,
});

export const registrySchema = kindSchema(
  `${prefix}.Registry`,
  'A host that images come from, as all servers and workers know it.',
  { status },
);
