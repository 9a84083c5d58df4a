import { parseSelection } from '#src/apiserver/generic/selection.ts';
import { storeStatus } from '#src/apiserver/generic/store-status.ts';
import type { ListQuery, RequestContext } from '#src/apiserver/resource.ts';
import { withRepositories } from '#src/domain/repositories.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { KubeList, KubeObject } from '#src/meta/object.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';
import type { ListOptions, Range } from '#src/store/store.ts';

import type { ResourceDeps } from './deps.ts';
import { imageStreamsResource } from './imagestreams/streams.ts';

/** How tags are shown as objects of a kind. */
export interface TagListing<T extends KubeObject> {
  readonly kind: string;
  readonly apiVersion: string;
  /** The tags of a stream that the kind shows, sorted. */
  tagsOf(stream: ImageStream): readonly string[];
  view(stream: ImageStream, tag: string): T;
}

/** Where the next page begins: behind a stream that was shown whole, and behind some tags of the following one. */
interface Position {
  readonly revision: number;
  readonly after?: { readonly namespace: string; readonly name: string };
  readonly tag?: string;
}

/** Streams that are read from the store at a time. */
const pageSize = 500;

/**
 * Lists tags over all streams of a namespace, or of all namespaces: by namespace, stream and tag name. Selectors and
 * `limit` count tags, not streams, and all pages are as of the first one's revision.
 * @throws {StatusError} 400 for selectors and tokens that cannot be read, 410 when the revision is compacted
 */
export async function listTags<T extends KubeObject>(
  deps: ResourceDeps,
  context: RequestContext,
  query: ListQuery,
  listing: TagListing<T>,
): Promise<KubeList<T>> {
  const selection = parseSelection<T>(query, {});
  const namespace = context.namespace || (selection.namespace ?? '');
  const range: Range = {
    resource: `${imageStreamsResource.resource}.${imageStreamsResource.group}`,
    ...(namespace === '' ? {} : { namespace }),
  };
  const items: T[] = [];
  const limit = query.limit ?? 0;
  let revision = 0;
  let last: Position | undefined;
  for await (const { item, position } of tagsIn(deps, range, listing, decode(query.continue))) {
    revision = position.revision;
    if (item === undefined || !selection.matches(item)) continue;
    if (limit > 0 && items.length === limit) return listOf(listing, items, revision, last);
    items.push(item);
    last = position;
  }
  return listOf(listing, items, revision);
}

/** Every tag behind a position, with its own; a page of streams without tags gives its position only. */
async function* tagsIn<T extends KubeObject>(
  deps: ResourceDeps,
  range: Range,
  listing: TagListing<T>,
  start: Position | undefined,
): AsyncGenerator<{ readonly item?: T; readonly position: Position }> {
  let from = start;
  for (;;) {
    const { revision, items, remaining } = await readPage(deps, range, from);
    yield { position: { revision } };
    for (const stored of items) {
      const stream = withRepositories(stored, deps.hosts);
      const before = from?.after === undefined ? {} : { after: from.after };
      for (const tag of listing.tagsOf(stream)) {
        if (from?.tag !== undefined && tag <= from.tag) continue;
        yield { item: listing.view(stream, tag), position: { revision, ...before, tag } };
      }
      from = { revision, after: keyOf(stream) };
    }
    if (remaining === 0 || items.length === 0) return;
  }
}

async function readPage(
  { objects }: ResourceDeps,
  range: Range,
  position: Position | undefined,
): Promise<{
  readonly revision: number;
  readonly remaining: number;
  readonly items: readonly ImageStream[];
}> {
  const options: ListOptions = {
    limit: pageSize,
    ...(position === undefined ? {} : { revision: position.revision }),
    ...(position?.after === undefined ? {} : { after: position.after }),
  };
  try {
    return await objects.list<ImageStream>(range, options);
  } catch (error) {
    throw storeStatus(error, imageStreamsResource, '');
  }
}

function listOf<T extends KubeObject>(
  listing: TagListing<T>,
  items: T[],
  revision: number,
  last?: Position,
): KubeList<T> {
  return {
    kind: listing.kind,
    apiVersion: listing.apiVersion,
    metadata: {
      resourceVersion: String(revision),
      ...(last === undefined ? {} : { continue: encode(last) }),
    },
    items,
  };
}

function keyOf({ metadata }: ImageStream): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name ?? '' };
}

function encode(position: Position): string {
  return Buffer.from(JSON.stringify(position)).toString('base64url');
}

/** @throws {StatusError} 400 when the token is not one of ours */
function decode(token: string | undefined): Position | undefined {
  if (token === undefined || token === '') return undefined;
  try {
    const position = JSON.parse(Buffer.from(token, 'base64url').toString()) as Position;
    if (Number.isSafeInteger(position.revision)) return position;
  } catch {
    // Not JSON: answered below like every other token that is not ours.
  }
  throw new StatusError(badRequest('continue key is not valid'));
}
