import type { Resource } from '#src/apiserver/resource.ts';

import { coreRest } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { secretColumns } from './columns.ts';
import { secretSchema } from './schema.ts';
import { secretStrategy } from './strategy.ts';
import type { Secret } from './types.ts';

/** core/v1 secrets. */
export function secrets(deps: ResourceDeps): Resource<Secret> {
  const rest = coreRest(deps, { resource: 'secrets', kind: 'Secret' }, secretStrategy);
  return {
    group: '',
    version: 'v1',
    name: 'secrets',
    singular: 'secret',
    kind: 'Secret',
    namespaced: true,
    shortNames: [],
    categories: [],
    rest,
    subresources: [],
    columns: secretColumns,
    schema: secretSchema,
  };
}
