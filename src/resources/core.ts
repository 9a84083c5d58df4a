import { createGenericRest, type GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { GenericOptions, Strategy } from '#src/apiserver/generic/strategy.ts';
import type { Rest } from '#src/apiserver/resource.ts';
import type { GroupResource, KubeObject } from '#src/meta/object.ts';
import { forbidden, notFound, StatusError } from '#src/meta/status.ts';

import type { StorageDeps } from './deps.ts';
import { namespacePhase } from './namespaces/phase.ts';

/** A kind of the core group (`/api/v1`) kept as it stands. */
export function coreRest<T extends KubeObject>(
  deps: StorageDeps,
  names: { readonly resource: string; readonly kind: string },
  strategy: Strategy<T>,
): GenericRest<T> {
  return createGenericRest(storedIn(deps, { group: '', version: 'v1', ...names, strategy }));
}

/** Where and how a kind is kept. */
export function storedIn<T extends KubeObject, Loaded = undefined>(
  deps: StorageDeps,
  kind: {
    readonly group: string;
    readonly version: string;
    readonly resource: string;
    readonly kind: string;
    readonly strategy: Strategy<T, Loaded>;
  },
): GenericOptions<T, Loaded> {
  return {
    objects: deps.objects,
    clock: deps.clock,
    resource: { group: kind.group, resource: kind.resource },
    version: kind.version,
    kind: kind.kind,
    strategy: kind.strategy,
    namespacePhase: (namespace) => namespacePhase(deps.objects, namespace),
  };
}

/** Some verbs of a rest, for resources and subresources that serve no others. */
export function serving<T extends KubeObject>(
  rest: Rest<T>,
  ...verbs: readonly (keyof Rest<T>)[]
): Rest<T> {
  return Object.fromEntries(verbs.map((verb) => [verb, rest[verb]])) as Rest<T>;
}

/**
 * For writes that do not go through the generic storage.
 * @throws {StatusError} 404 for a missing namespace, 403 for one that is being removed
 */
export async function requireNamespace(
  { objects }: StorageDeps,
  resource: GroupResource,
  namespace: string,
  name: string,
): Promise<void> {
  const phase = await namespacePhase(objects, namespace);
  if (phase === 'Active') return;
  if (phase === undefined)
    throw new StatusError(notFound({ group: '', resource: 'namespaces' }, namespace));
  throw new StatusError(
    forbidden(
      resource,
      name,
      `unable to create new content in namespace ${namespace} because it is being terminated`,
    ),
  );
}
