import type { Resource } from '#src/apiserver/resource.ts';

import { coreRest } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { configMapColumns } from './columns.ts';
import { configMapSchema } from './schema.ts';
import { configMapStrategy } from './strategy.ts';
import type { ConfigMap } from './strategy.ts';

/** core/v1 configmaps. */
export function configMaps(deps: ResourceDeps): Resource<ConfigMap> {
  const rest = coreRest(deps, { resource: 'configmaps', kind: 'ConfigMap' }, configMapStrategy);
  return {
    group: '',
    version: 'v1',
    name: 'configmaps',
    singular: 'configmap',
    kind: 'ConfigMap',
    namespaced: true,
    shortNames: ['cm'],
    categories: [],
    rest,
    subresources: [],
    columns: configMapColumns,
    schema: configMapSchema,
  };
}
