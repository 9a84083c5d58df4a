import type { KubeList, KubeObject, ListMeta } from '#src/meta/object.ts';
import { parseResourceVersion } from '#src/meta/resource-version.ts';
import { badRequest, expired, failure, type Status, StatusError } from '#src/meta/status.ts';
import type { ObjectPage } from '#src/store/objects.ts';
import { StoreError } from '#src/store/store.ts';

import type { ListQuery, RequestContext } from '../resource.ts';
import { type ContinueToken, decodeContinueToken, encodeContinueToken } from './continue-token.ts';
import { decorated } from './decorated.ts';
import { apiVersionOf, keyOf, rangeOf } from './keys.ts';
import { parseSelection, type Selection } from './selection.ts';
import { storeStatus, tooLargeResourceVersion } from './store-status.ts';
import type { GenericOptions } from './strategy.ts';

/** How many objects are read from the store at a time. */
const pageSize = 500;

/** Where a list reads: behind a key, as of a revision (now when absent). */
interface ListPosition {
  readonly after?: ContinueToken['after'];
  readonly revision?: number;
}

/**
 * Lists objects, all as of one revision; with `limit` in pages that continue at that revision.
 * @throws {StatusError} 400 for selectors and tokens that cannot be read, 410 for a revision that is compacted, 504 for
 * one that is in the future
 */
export async function listObjects<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: RequestContext,
  query: ListQuery,
): Promise<KubeList<T>> {
  const selection = parseSelection(query, options.strategy.selectableFields);
  const position = positionOf(query);
  if (position.revision === undefined) await requireRevision(options, query.resourceVersion ?? '');
  try {
    const { items, ...metadata } = await collect(options, context, {
      selection,
      position,
      limit: query.limit ?? 0,
    });
    return {
      kind: `${options.kind}List`,
      apiVersion: apiVersionOf(options),
      metadata,
      items: items.map((item) => decorated(options.strategy, item)),
    };
  } catch (error) {
    if (error instanceof StoreError && error.code === 'Compacted' && position.after !== undefined)
      throw new StatusError(inconsistentContinue(position.after));
    throw storeStatus(error, options.resource, '');
  }
}

/** Every selected object as of one revision, undecorated. */
export async function snapshot<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: Pick<RequestContext, 'namespace'>,
  selection: Selection<T>,
): Promise<{ readonly revision: number; readonly items: readonly T[] }> {
  const found = await collect(options, context, { selection, position: {}, limit: 0 });
  return { revision: Number(found.resourceVersion), items: found.items };
}

interface Collection<T extends KubeObject> {
  readonly selection: Selection<T>;
  readonly position: ListPosition;
  /** 0 is all. */
  readonly limit: number;
}

async function collect<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: Pick<RequestContext, 'namespace'>,
  wanted: Collection<T>,
): Promise<ListMeta & { readonly items: T[] }> {
  const one = await single(options, context, wanted);
  if (one !== undefined) return one;
  const { selection, limit } = wanted;
  const range = rangeOf(options, context.namespace || (selection.namespace ?? ''));
  const size = limit > 0 && selection.everything ? limit : pageSize;
  const items: T[] = [];
  let { position } = wanted;
  for (;;) {
    const page: ObjectPage<T> = await options.objects.list<T>(range, { ...position, limit: size });
    const full = addUpToLimit(items, page, wanted);
    if (full !== undefined) return { ...full, items };
    const last = page.items.at(-1);
    if (page.remaining === 0 || last === undefined)
      return { resourceVersion: String(page.revision), items };
    position = { after: keyAfter(last), revision: page.revision };
  }
}

/** Adds what is selected; answers the metadata of the list when it is full and more objects stand behind. */
function addUpToLimit<T extends KubeObject>(
  items: T[],
  page: ObjectPage<T>,
  { selection, limit }: Collection<T>,
): ListMeta | undefined {
  for (const [index, item] of page.items.entries()) {
    if (!selection.matches(item)) continue;
    items.push(item);
    const behind = page.items.length - index - 1 + page.remaining;
    if (limit > 0 && items.length === limit && behind > 0)
      return {
        resourceVersion: String(page.revision),
        continue: encodeContinueToken({ revision: page.revision, after: keyAfter(item) }),
        ...(selection.everything ? { remainingItemCount: behind } : {}),
      };
  }
  return undefined;
}

/** A selection of one name is a look-up, not a scan: `kubectl get -w NAME` and `kubectl wait` do nothing else. */
async function single<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  context: Pick<RequestContext, 'namespace'>,
  { selection, position }: Collection<T>,
): Promise<(ListMeta & { items: T[] }) | undefined> {
  const namespace = context.namespace || (selection.namespace ?? '');
  const whole = options.strategy.namespaced && namespace === '';
  if (selection.name === undefined || whole || position.revision !== undefined) return undefined;
  const before = await options.objects.currentRevision();
  const object = await options.objects.get<T>(keyOf(options, namespace, selection.name));
  // The object is what it was at its own revision, so a watch from the later of the two misses nothing of it.
  const revision = Math.max(before, Number(object?.metadata.resourceVersion ?? 0));
  const items = object !== undefined && selection.matches(object) ? [object] : [];
  return { resourceVersion: String(revision), items };
}

function positionOf(query: ListQuery): ListPosition {
  const version = query.resourceVersion ?? '';
  if (query.continue !== undefined && query.continue !== '') {
    if (version !== '')
      throw new StatusError(
        badRequest('specifying resource version is not allowed when using continue'),
      );
    const { revision, after } = decodeContinueToken(query.continue);
    return revision < 0 ? { after } : { after, revision };
  }
  const revision = requestedRevision(version);
  return query.resourceVersionMatch === 'Exact' ? { revision } : {};
}

/** The number in a `resourceVersion` parameter; 0 when it is empty. */
export function requestedRevision(version: string): number {
  const revision = version === '' ? 0 : parseResourceVersion(version);
  if (revision !== undefined) return revision;
  // Recorded: a plain error without a reason.
  throw new StatusError(
    failure(
      500,
      undefined,
      `resourceVersion: Invalid value: ${JSON.stringify(version)}: strconv.ParseUint: parsing ${JSON.stringify(version)}: invalid syntax`,
    ),
  );
}

/** The newest state is as good as any older one that was asked for, but there is nothing to answer for the future. */
export async function requireRevision<T extends KubeObject, Loaded>(
  options: GenericOptions<T, Loaded>,
  version: string,
): Promise<void> {
  const revision = requestedRevision(version);
  if (revision === 0) return;
  const current = await options.objects.currentRevision();
  if (revision > current) throw tooLargeResourceVersion(revision, current);
}

function keyAfter({ metadata }: KubeObject): ContinueToken['after'] {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

function inconsistentContinue(after: ContinueToken['after']): Status {
  const status = expired(
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.',
  );
  return { ...status, metadata: { continue: encodeContinueToken({ revision: -1, after }) } };
}
