import { definition, int32, string, time } from '#src/meta/schema-builders.ts';

import { objectReference } from '../schema/core.ts';
import { kindSchema } from '../schema/meta.ts';

const microTime = {
  id: 'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime',
  type: 'string',
  format: 'date-time',
} as const;

export const eventSchema = kindSchema(
  'io.k8s.api.core.v1.Event',
  'Something that happened to an object.',
  {
    involvedObject: objectReference,
    reason: string('What happened, for programs.'),
    message: string('What happened, for people.'),
    source: definition('io.k8s.api.core.v1.EventSource', 'Who saw it.', {
      component: string('The program.'),
      host: string('The machine.'),
    }),
    firstTimestamp: time('When it was first seen.'),
    lastTimestamp: time('When it was last seen.'),
    count: int32('How often it was seen.'),
    type: string('Normal or Warning.'),
    eventTime: { ...microTime, description: 'When it was seen, to the microsecond.' },
    series: definition('io.k8s.api.core.v1.EventSeries', 'How it went on.', {
      count: int32('How often it was seen.'),
      lastObservedTime: { ...microTime, description: 'When it was last seen.' },
    }),
    action: string('What was done.'),
    related: objectReference,
    reportingComponent: string('The controller that reports it.'),
    reportingInstance: string('The instance of that controller.'),
  },
);
