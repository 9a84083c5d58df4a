import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type {
  RequestContext,
  WatchEvent,
  WatchEvents,
  WatchQuery,
} from '#src/apiserver/resource.ts';

import type { ResourceDeps } from '../deps.ts';
import type { Namespace } from '../namespaces/strategy.ts';
import { projectOf } from './project.ts';
import { seesProject, visibleTo } from './visible.ts';

/** A change in the cluster's roles is about every project; several within this time are looked at together. */
const clusterChangeMs = 1_000;

/** What a watch of projects is made of. */
interface ProjectWatch {
  readonly deps: ResourceDeps;
  readonly namespaces: GenericRest<Namespace>;
  readonly context: RequestContext;
  readonly query: WatchQuery;
}

/**
 * Watches the projects that a user sees: one that is shared with the user is ADDED, one that is taken away is DELETED, and
 * of the others nothing is told.
 * @throws {StatusError} as a watch of namespaces
 */
export async function watchProjects(watch: ProjectWatch): Promise<AsyncIterable<WatchEvents>> {
  const { namespaces, context, query } = watch;
  const changes = new PolicyChanges(watch.deps);
  try {
    const source = await namespaces.watch(context, query);
    const known = new Set(startsEmpty(query) ? [] : await visibleNames(watch));
    return events(watch, { source, changes, known });
  } catch (error) {
    changes.stop();
    throw error;
  }
}

interface Running {
  readonly source: AsyncIterable<WatchEvents>;
  readonly changes: PolicyChanges;
  /** The projects that the watcher was told of. */
  readonly known: Set<string>;
}

async function* events(
  watch: ProjectWatch,
  { source, changes, known }: Running,
): AsyncGenerator<WatchEvents> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let pending = iterator.next();
    for (;;) {
      const result = await Promise.race([pending, changes.happened]);
      if (result === 'changed') {
        const told = await refreshed(watch, await changes.take(watch.context.signal), known);
        if (told.length > 0) yield told;
        continue;
      }
      if (result.done === true) return;
      const shown: WatchEvent[] = [];
      for (const event of result.value) shown.push(...(await shownEvent(watch, event, known)));
      if (shown.length > 0) yield shown;
      pending = iterator.next();
    }
  } finally {
    changes.stop();
    await iterator.return?.();
  }
}

/** What the watcher sees of an event of a namespace: one or none. */
async function shownEvent(
  { deps, context }: ProjectWatch,
  event: WatchEvent,
  known: Set<string>,
): Promise<WatchEvents> {
  if (event.type === 'BOOKMARK' || event.type === 'ERROR') return [event];
  const { name = '' } = event.object.metadata;
  const object = projectOf(event.object);
  const was = known.delete(name);
  const is = event.type !== 'DELETED' && (await seesProject(deps.authorizer, context.user, name));
  if (!is) return was ? [{ type: 'DELETED', object }] : [];
  known.add(name);
  return [{ type: was ? event.type : 'ADDED', object }];
}

/** What has come and gone with a change of roles in some namespaces; the empty one stands for all. */
async function refreshed(
  watch: ProjectWatch,
  changed: ReadonlySet<string>,
  known: Set<string>,
): Promise<WatchEvents> {
  const names = changed.has('') ? [''] : [...changed];
  const found = await Promise.all(names.map((name) => selected(watch, name)));
  const { authorizer } = watch.deps;
  const result: WatchEvent[] = [];
  for (const namespace of found.flat()) {
    const { name = '' } = namespace.metadata;
    const is = await seesProject(authorizer, watch.context.user, name);
    if (is === known.has(name)) continue;
    if (is) known.add(name);
    else known.delete(name);
    result.push({ type: is ? 'ADDED' : 'DELETED', object: projectOf(namespace) });
  }
  return result;
}

/** The namespaces that the query selects: all of them, or the one of a name. */
async function selected(
  { namespaces, context, query }: ProjectWatch,
  name: string,
): Promise<readonly Namespace[]> {
  const { labelSelector, fieldSelector } = query;
  const own = name === '' ? [] : [`metadata.name=${name}`];
  const { items } = await namespaces.list(context, {
    labelSelector,
    fieldSelector: [...own, ...(fieldSelector === '' ? [] : [fieldSelector])].join(','),
  });
  return items;
}

async function visibleNames(watch: ProjectWatch): Promise<string[]> {
  const { deps, context } = watch;
  const visible = await visibleTo(deps.authorizer, context.user, await selected(watch, ''));
  return visible.map(({ metadata }) => metadata.name ?? '');
}

/** Whether the watch itself tells what there is at first. */
function startsEmpty({ resourceVersion = '', sendInitialEvents }: WatchQuery): boolean {
  return sendInitialEvents ?? (resourceVersion === '' || resourceVersion === '0');
}

/** In which namespaces roles have changed since somebody last looked. */
class PolicyChanges {
  readonly #clock: ResourceDeps['clock'];
  readonly stop: () => void;
  #changed = new Set<string>();
  #next = Promise.withResolvers<'changed'>();

  constructor({ policy, clock }: ResourceDeps) {
    this.#clock = clock;
    this.stop = policy.onChange((namespace) => {
      this.#changed.add(namespace);
      this.#next.resolve('changed');
    });
  }

  /** Settles when there is something to take. */
  get happened(): Promise<'changed'> {
    return this.#next.promise;
  }

  async take(signal: AbortSignal): Promise<ReadonlySet<string>> {
    if (this.#changed.has(''))
      await this.#clock.sleep(clusterChangeMs, signal).catch(() => undefined);
    const changed = this.#changed;
    this.#changed = new Set();
    this.#next = Promise.withResolvers();
    return changed;
  }
}
