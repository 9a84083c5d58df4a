import type { Resource } from '#src/apiserver/resource.ts';

import { coreRest } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { serviceAccountColumns } from './columns.ts';
import { serviceAccountSchema } from './schema.ts';
import { serviceAccountStrategy } from './strategy.ts';
import { serviceAccountToken } from './token.ts';
import type { ServiceAccount } from './strategy.ts';

/** core/v1 serviceaccounts. */
export function serviceAccounts(deps: ResourceDeps): Resource<ServiceAccount> {
  const rest = coreRest(
    deps,
    { resource: 'serviceaccounts', kind: 'ServiceAccount' },
    serviceAccountStrategy,
  );
  return {
    group: '',
    version: 'v1',
    name: 'serviceaccounts',
    singular: 'serviceaccount',
    kind: 'ServiceAccount',
    namespaced: true,
    shortNames: ['sa'],
    categories: [],
    rest,
    subresources: deps.tokenRequests === undefined ? [] : [serviceAccountToken(deps.tokenRequests)],
    columns: serviceAccountColumns,
    schema: serviceAccountSchema,
  };
}
