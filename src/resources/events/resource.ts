import type { Resource } from '#src/apiserver/resource.ts';

import { coreRest } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { eventColumns } from './columns.ts';
import { eventSchema } from './schema.ts';
import { eventStrategy } from './strategy.ts';
import type { Event } from './strategy.ts';

/** core/v1 events. */
export function events(deps: ResourceDeps): Resource<Event> {
  const rest = coreRest(deps, { resource: 'events', kind: 'Event' }, eventStrategy);
  return {
    group: '',
    version: 'v1',
    name: 'events',
    singular: 'event',
    kind: 'Event',
    namespaced: true,
    shortNames: ['ev'],
    categories: [],
    rest,
    subresources: [],
    columns: eventColumns,
    schema: eventSchema,
  };
}
