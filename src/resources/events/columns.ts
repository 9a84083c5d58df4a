import type { Column } from '#src/apiserver/resource.ts';

import { ageOf, nameColumn, textColumn } from '../cells.ts';
import type { Event } from './strategy.ts';

export const eventColumns: readonly Column<Event>[] = [
  textColumn('Last Seen', 'When it was last seen.', (event: Event, now) =>
    ageOf(event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp, now),
  ),
  textColumn('Type', 'Normal or Warning.', (event: Event) => event.type ?? ''),
  textColumn('Reason', 'What happened, for programs.', (event: Event) => event.reason ?? ''),
  textColumn('Object', 'What it happened to.', (event: Event) =>
    objectText(event.involvedObject?.kind, event.involvedObject?.name),
  ),
  textColumn(
    'Subobject',
    'The part of the object.',
    (event: Event) => event.involvedObject?.fieldPath ?? '',
    1,
  ),
  textColumn(
    'Source',
    'Who saw it.',
    (event: Event) => event.source?.component ?? event.reportingComponent ?? '',
    1,
  ),
  textColumn('Message', 'What happened, for people.', (event: Event) =>
    (event.message ?? '').trim(),
  ),
  textColumn(
    'First Seen',
    'When it was first seen.',
    (event: Event, now) => ageOf(event.firstTimestamp ?? event.eventTime, now),
    1,
  ),
  textColumn('Count', 'How often it was seen.', (event: Event) => String(event.count ?? 1), 1),
  { ...nameColumn, priority: 1 },
];

function objectText(kind = '', name = ''): string {
  return name === '' ? kind.toLowerCase() : `${kind.toLowerCase()}/${name}`;
}
