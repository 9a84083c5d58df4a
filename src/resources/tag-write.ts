import type { RequestContext, WriteOptions } from '#src/apiserver/resource.ts';
import { specTag } from '#src/domain/history.ts';
import type { TagName } from '#src/domain/names.ts';
import type { ImageStream, TagReference } from '#src/domain/types.ts';
import type { GroupResource } from '#src/meta/object.ts';
import { alreadyExists, StatusError } from '#src/meta/status.ts';

import { requireNamespace } from './core.ts';
import type { ResourceDeps } from './deps.ts';
import { requireStreamQuota } from './quota.ts';
import { emptyStream, requireNewStream, withSpecTag, type TagStorage } from './tag-storage.ts';

/** A write of one tag, as imagestreamtags and imagetags are asked for it. */
export interface TagWrite {
  readonly context: RequestContext;
  readonly options: WriteOptions;
  /** What the request is about, for its errors. */
  readonly resource: GroupResource;
  /** `STREAM:TAG` as it was asked for. */
  readonly text: string;
  readonly name: TagName;
}

/**
 * Adds a spec tag, to a new stream if there is none.
 * @param tag is called once namespace and quota allow the write; null adds nothing to the stream
 * @param taken what a tag that exists already is called in the error
 * @throws {StatusError} 409 when there is such a tag, 404 and 403 for the namespace, 403 for the quota
 */
export async function addSpecTag(
  deps: ResourceDeps,
  tags: TagStorage,
  { context, options, resource, text, name }: TagWrite,
  { tag, taken }: { readonly tag: () => TagReference | null; readonly taken: GroupResource },
): Promise<ImageStream> {
  const { namespace } = context;
  await requireNamespace(deps, resource, namespace, text);
  await requireStreamQuota(deps, { resource, namespace, name: text, stream: name.stream });
  const wanted = tag();
  return tags.write(
    context,
    name.stream,
    async (current) => {
      if (current !== undefined && specTag(current, name.tag) !== undefined)
        throw new StatusError(alreadyExists(taken, text));
      const base = current ?? emptyStream(namespace, name.stream);
      return wanted === null ? base : withSpecTag(base, wanted);
    },
    options,
  );
}

/** The stream that a change of a tag finds. */
export interface TagBase {
  /** An empty one where there is none yet. */
  readonly base: ImageStream;
  readonly current: ImageStream | undefined;
}

/**
 * Changes a spec tag; a missing tag or stream is made.
 * @returns the stream, and whether the spec tag is new
 */
export async function changeSpecTag(
  deps: ResourceDeps,
  tags: TagStorage,
  { context, options, resource, text, name }: TagWrite,
  change: (found: TagBase) => Promise<ImageStream>,
): Promise<{ readonly stream: ImageStream; readonly created: boolean }> {
  await requireNewStream(deps, tags, { context, resource, name: text, stream: name.stream });
  let created = false;
  const stream = await tags.write(
    context,
    name.stream,
    (current) => {
      const base = current ?? emptyStream(context.namespace, name.stream);
      created = specTag(base, name.tag) === undefined;
      return change({ base, current });
    },
    options,
  );
  return { stream, created };
}
