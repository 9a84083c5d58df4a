import type { KubeObject } from '#src/meta/object.ts';
import { expired, StatusError } from '#src/meta/status.ts';
import type { ObjectEvent } from '#src/store/objects.ts';
import { StoreError } from '#src/store/store.ts';

import type { RequestContext, WatchEvent, WatchEvents, WatchQuery } from '../resource.ts';
import { decorated } from './decorated.ts';
import { rangeOf } from './keys.ts';
import { requestedRevision, requireRevision, snapshot } from './list.ts';
import { parseSelection, type Selection } from './selection.ts';
import { storeStatus } from './store-status.ts';
import type { GenericOptions } from './strategy.ts';
import { withDeadline } from './with-deadline.ts';

/** How long a bookmark may be behind what has happened; kube-apiserver sends one about every minute too. */
const bookmarkMs = 60_000;
/** How many of the current objects are sent at one time. */
const initialAtOnce = 100;
/** A watch without `timeoutSeconds` ends after 30 to 60 minutes, at random so that they do not all come back at once. */
const minTimeoutMs = 1_800_000;

/**
 * Watches objects: the current ones first where the query asks for them, then every change, in order, without gap.
 * What goes wrong once the watch has begun, such as a compacted revision, is an ERROR event and the end.
 * @throws {StatusError} 400 and 500 for parameters that cannot be read, 504 for a revision in the future
 */
export async function watchObjects<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  query: WatchQuery,
): Promise<AsyncIterable<WatchEvents>> {
  const selection = parseSelection(query, options.strategy.selectableFields);
  const until = options.clock.now() + timeoutMs(query);
  try {
    const beginning = await start(options, context, { query, selection });
    const watch = { query, selection, until, ...beginning };
    return eventsOf(options, context, watch);
  } catch (error) {
    throw storeStatus(error, options.resource, '');
  }
}

interface Watch<T extends KubeObject> {
  readonly query: WatchQuery;
  readonly selection: Selection<T>;
}

/** What is sent before the changes, and the revision behind which the changes begin. */
interface Beginning<T extends KubeObject> {
  readonly revision: number;
  readonly items: readonly T[];
}

type BegunWatch<T extends KubeObject> = Watch<T> &
  Beginning<T> & {
    /** When it ends, in milliseconds. */
    readonly until: number;
  };

async function* eventsOf<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  watch: BegunWatch<T>,
): AsyncGenerator<WatchEvents> {
  try {
    yield* initialEvents(options, watch);
    yield* changes(options, context, watch);
  } catch (error) {
    // A reader that is too slow is cut off; it lists again and watches from there.
    if (error instanceof StoreError && error.code === 'SlowWatcher') return;
    const known = compacted(error, watch.query) ?? storeStatus(error, options.resource, '');
    if (!(known instanceof StatusError)) throw error;
    yield [{ type: 'ERROR', status: known.status }];
  }
}

function* initialEvents<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  { query, revision, items }: BegunWatch<T>,
): Generator<WatchEvents> {
  for (let from = 0; from < items.length; from += initialAtOnce)
    yield items
      .slice(from, from + initialAtOnce)
      .map((item) => ({ type: 'ADDED' as const, object: decorated(options.strategy, item) }));
  if (query.sendInitialEvents === true && query.allowWatchBookmarks)
    yield [bookmark(revision, true)];
}

async function start<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  { query, selection }: Watch<T>,
): Promise<Beginning<T>> {
  const from = requestedRevision(query.resourceVersion ?? '');
  if (query.sendInitialEvents ?? from === 0) {
    await requireRevision(options, query.resourceVersion ?? '');
    return snapshot(options, context, selection);
  }
  return { revision: from === 0 ? await options.objects.currentRevision() : from, items: [] };
}

async function* changes<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  { query, selection, revision: from, until }: BegunWatch<T>,
): AsyncGenerator<WatchEvents> {
  const ranges = [rangeOf(options, context.namespace || (selection.namespace ?? ''))];
  const batches = withDeadline((signal) => options.objects.watch<T>({ from, ranges, signal }), {
    clock: options.clock,
    signal: context.signal,
    everyMs: bookmarkMs,
    until,
  });
  let revision = from;
  for await (const batch of batches) {
    if (batch === 'tick') {
      if (query.allowWatchBookmarks) yield [bookmark(revision, false)];
      continue;
    }
    revision = batch.revision;
    const events: WatchEvent[] = [];
    for (const event of batch.events) {
      const sent = transition(event, selection);
      if (sent !== undefined)
        events.push({ type: sent.type, object: decorated(options.strategy, sent.object) });
    }
    if (events.length > 0) yield events;
  }
}

function timeoutMs({ timeoutSeconds }: WatchQuery): number {
  return timeoutSeconds === undefined ? minTimeoutMs * (1 + Math.random()) : timeoutSeconds * 1000;
}

/** What a watcher of a selection sees of a write: entering is ADDED, leaving is DELETED with the last selected state. */
function transition<T extends KubeObject>(
  event: ObjectEvent<T>,
  selection: Selection<T>,
): { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: T } | undefined {
  const { type, object, previous, revision } = event;
  if (type === 'delete') return selection.matches(object) ? { type: 'DELETED', object } : undefined;
  const was = type === 'update' && previous !== undefined && selection.matches(previous);
  const is = selection.matches(object);
  if (is) return { type: was ? 'MODIFIED' : 'ADDED', object };
  if (!was || previous === undefined) return undefined;
  const metadata = { ...previous.metadata, resourceVersion: String(revision) };
  return { type: 'DELETED', object: { ...previous, metadata } };
}

function compacted(error: unknown, query: WatchQuery): StatusError | undefined {
  if (!(error instanceof StoreError) || error.code !== 'Compacted') return undefined;
  const oldest = error.revision === undefined ? '' : ` (${error.revision})`;
  return new StatusError(
    expired(`too old resource version: ${query.resourceVersion ?? ''}${oldest}`),
  );
}

function bookmark(revision: number, initialEventsEnd: boolean): WatchEvent {
  return { type: 'BOOKMARK', resourceVersion: String(revision), initialEventsEnd };
}
