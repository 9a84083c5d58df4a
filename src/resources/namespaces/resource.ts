import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { Resource } from '#src/apiserver/resource.ts';
import { forbidden, StatusError } from '#src/meta/status.ts';

import { coreRest, serving } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { namespaceColumns } from './columns.ts';
import { namespaceSchema } from './schema.ts';
import {
  type Namespace,
  namespaceFinalizeStrategy,
  namespaceStatusStrategy,
  namespaceStrategy,
} from './strategy.ts';

const names = { resource: 'namespaces', kind: 'Namespace' };
/** Clients that name no namespace use it, so it stays. */
const permanent = 'default';

/** Namespaces in the store; `default` cannot be deleted. */
export function namespaceStorage(deps: ResourceDeps): GenericRest<Namespace> {
  const rest = coreRest(deps, names, namespaceStrategy);
  return {
    ...rest,
    async delete(context, name, options) {
      if (name === permanent)
        throw new StatusError(
          forbidden(
            { group: '', resource: names.resource },
            name,
            'this namespace may not be deleted',
          ),
        );
      return rest.delete(context, name, options);
    },
  };
}

/** core/v1 namespaces with `status` and `finalize`. */
export function namespaces(deps: ResourceDeps, rest: GenericRest<Namespace>): Resource<Namespace> {
  const status = coreRest(deps, names, namespaceStatusStrategy);
  const finalize = coreRest(deps, names, namespaceFinalizeStrategy);
  const { deleteCollection: _unsafe, ...served } = rest;
  return {
    group: '',
    version: 'v1',
    name: names.resource,
    singular: 'namespace',
    kind: names.kind,
    namespaced: false,
    isNamespace: true,
    shortNames: ['ns'],
    categories: [],
    rest: served,
    subresources: [
      { name: 'finalize', kind: names.kind, rest: serving(finalize, 'update') },
      { name: 'status', kind: names.kind, rest: serving(status, 'get', 'update') },
    ],
    columns: namespaceColumns,
    schema: namespaceSchema,
  };
}
