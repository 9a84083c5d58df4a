import { frozen } from '#src/lib/frozen.ts';
import type { KubeObject } from '#src/meta/object.ts';

import type { Strategy } from './strategy.ts';

const known = new WeakMap<object, WeakMap<KubeObject, KubeObject>>();

/** An object as clients see it. What comes frozen from the store is decorated once, and is frozen then too. */
export function decorated<T extends KubeObject, Loaded>(
  strategy: Strategy<T, Loaded>,
  object: T,
): T {
  if (strategy.decorate === undefined) return object;
  if (!Object.isFrozen(object)) return strategy.decorate(object);
  const objects = decoratedBy(strategy);
  const found = objects.get(object);
  // A strategy answers with its own kind.
  if (found !== undefined) return found as T;
  const made = frozen(strategy.decorate(object));
  objects.set(object, made);
  return made;
}

function decoratedBy(strategy: object): WeakMap<KubeObject, KubeObject> {
  let objects = known.get(strategy);
  if (objects === undefined) known.set(strategy, (objects = new WeakMap()));
  return objects;
}
