import type { KubeObject } from '#src/meta/object.ts';
import { qualified } from '#src/meta/status.ts';
import type { Key, Range } from '#src/store/store.ts';

import type { RequestContext } from '../resource.ts';
import type { GenericOptions, StrategyInfo } from './strategy.ts';
import { rfc3339 } from '#src/lib/clock.ts';

/** Where an object of the kind is kept. */
export function keyOf(
  options: Pick<GenericOptions, 'resource'>,
  namespace: string,
  name: string,
): Key {
  return { resource: qualified(options.resource), namespace, name };
}

/** Where the objects are that a list or watch is about; no namespace means all of them. */
export function rangeOf(options: Pick<GenericOptions, 'resource'>, namespace: string): Range {
  const resource = qualified(options.resource);
  return namespace === '' ? { resource } : { resource, namespace };
}

export function apiVersionOf(options: Pick<GenericOptions, 'resource' | 'version'>): string {
  const { group } = options.resource;
  return group === '' ? options.version : `${group}/${options.version}`;
}

/** What the strategy may know for one write. */
export async function strategyInfo<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  next: T,
  current: T | undefined,
): Promise<StrategyInfo<Loaded>> {
  return {
    user: context.user,
    namespace: context.namespace,
    now: rfc3339(options.clock.now()),
    // A kind without `load` has `undefined` for Loaded.
    loaded: (await options.load?.(context, next, current)) as Loaded,
  };
}
