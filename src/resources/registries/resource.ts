import type { Resource } from '#src/apiserver/resource.ts';
import { notFound, StatusError } from '#src/meta/status.ts';

import { ago, nameColumn, textColumn } from '../cells.ts';
import type { ResourceDeps } from '../deps.ts';
import { registryApiVersion, registryGroup, registryOf, type Registry } from './registry.ts';
import { registrySchema } from './schema.ts';

const resource = { group: registryGroup, resource: 'registries' };

/** registries: the hosts that images come from, for reading only. */
export function registries({ upstream }: ResourceDeps): Resource<Registry> {
  return {
    group: registryGroup,
    version: 'v1',
    name: 'registries',
    singular: 'registry',
    kind: 'Registry',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: {
      async get(_context, name) {
        const [state] = (await upstream?.registries([name])) ?? [];
        if (state === undefined) throw new StatusError(notFound(resource, name));
        return registryOf(state);
      },
      async list() {
        const states = (await upstream?.registries()) ?? [];
        return {
          kind: 'RegistryList',
          apiVersion: registryApiVersion,
          metadata: { resourceVersion: '' },
          items: states.map(registryOf),
        };
      },
    },
    subresources: [],
    columns: [
      nameColumn,
      textColumn('Phase', 'Ready, Paused or Held.', ({ status }: Registry) => status.phase),
      textColumn('Until', 'When it is asked again.', ({ status }: Registry) => status.until ?? ''),
      textColumn('Tags', 'Scheduled tags on it.', ({ status }: Registry) => status.scheduledTags),
      textColumn('Quota', 'Requests that are left of how many.', ({ status }: Registry) =>
        status.quota === undefined
          ? ''
          : `${status.quota.remaining ?? '?'}/${status.quota.limit ?? '?'}`,
      ),
      textColumn('Requests', 'Requests so far.', ({ status }: Registry) => status.requests),
      textColumn(
        'Refused',
        'Requests that were answered 429.',
        ({ status }: Registry) => status.refused,
      ),
      textColumn('Last Answer', 'When it last answered.', ({ status }: Registry, now) =>
        status.lastAnswer === undefined ? '' : ago(status.lastAnswer, now),
      ),
      textColumn(
        'Reason',
        'Why it is not asked.',
        ({ status }: Registry) => status.reason ?? '',
        1,
      ),
    ],
    schema: registrySchema,
  };
}
