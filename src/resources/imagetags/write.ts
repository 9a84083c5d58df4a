import type {
  ObjectUpdate,
  RequestContext,
  Updated,
  WriteOptions,
} from '#src/apiserver/resource.ts';
import { allowList } from '#src/domain/allowed-registries.ts';
import { defaultTagReference } from '#src/domain/defaults.ts';
import { newestEvent } from '#src/domain/history.ts';
import { parseImageTagName, parseNewTagName, tagObjectName } from '#src/domain/names.ts';
import { deleteSpecTag } from '#src/domain/tag-delete.ts';
import {
  imageApiVersion,
  imageGroup,
  type Image,
  type ImageStream,
  type ImageTag,
  type TagReference,
} from '#src/domain/types.ts';
import { validateImageTag, validateImageTagUpdate } from '#src/domain/validation/image-tag.ts';
import { imageTagView } from '#src/domain/views/image-tag.ts';
import { refuseInvalid } from '#src/meta/status.ts';

import type { ResourceDeps } from '../deps.ts';
import { nameOf, withSpecTag, type TagStorage } from '../tag-storage.ts';
import { addSpecTag, changeSpecTag } from '../tag-write.ts';

const resource = { group: imageGroup, resource: 'imagetags' };
const kind = { group: imageGroup, kind: 'ImageTag' };

/** POST: adds a spec tag, to a new stream if there is none. */
export async function createImageTag(
  deps: ResourceDeps,
  tags: TagStorage,
  request: { context: RequestContext; object: ImageTag; options: WriteOptions },
): Promise<ImageTag> {
  const { context, options } = request;
  const text = request.object.metadata.name ?? '';
  const parsed = parseNewTagName(text);
  const tag = (): TagReference | null => {
    const sent = defaulted(deps, request.object, context.namespace);
    const object = 'name' in parsed ? named(sent, parsed.name.tag) : sent;
    const allowed = allowList(deps.allowedRegistries, deps.hosts.internal);
    refuseInvalid(kind, object.metadata.name ?? '', validateImageTag(object, allowed));
    return object.spec;
  };
  // What else is wrong comes before a name that is no tag's.
  if ('status' in parsed) tag();
  const name = nameOf(parsed);
  const write = { context, options, resource, text, name };
  const stream = await addSpecTag(deps, tags, write, { tag, taken: resource });
  return viewOf(stream, name.tag, await tags.imageOf(newestEvent(stream, name.tag)));
}

/** PUT and PATCH: replaces the spec tag; null removes it and keeps the history. */
export async function updateImageTag(
  deps: ResourceDeps,
  tags: TagStorage,
  request: {
    context: RequestContext;
    name: string;
    update: ObjectUpdate<ImageTag>;
    options: WriteOptions;
  },
): Promise<Updated<ImageTag>> {
  const { context, name: text, update, options } = request;
  const name = nameOf(parseImageTagName(text));
  const write = { context, options, resource, text, name };
  const { stream, created } = await changeSpecTag(deps, tags, write, async ({ base, current }) => {
    const known = current === undefined ? undefined : imageTagView(current, name.tag);
    const old = known ?? viewOf(base, name.tag);
    const sent = defaulted(deps, await update(old), context.namespace);
    tags.requireVersion(sent.metadata, text, current);
    const isNew = current === undefined;
    const next = isNew ? named(sent, name.tag) : withSystemFields(sent, old);
    validate(deps, { next, old, isNew });
    return next.spec === null
      ? (deleteSpecTag(base, name.tag) ?? base)
      : withSpecTag(base, { ...next.spec, name: name.tag });
  });
  const image = await tags.imageOf(newestEvent(stream, name.tag));
  return { object: viewOf(stream, name.tag, image), created };
}

/** The tag as GET shows it, and an empty one where the stream knows none. */
export function viewOf(stream: ImageStream, tag: string, image?: Image): ImageTag {
  return (
    imageTagView(stream, tag, image) ?? {
      kind: 'ImageTag',
      apiVersion: imageApiVersion,
      metadata: { ...stream.metadata, name: tagObjectName(stream.metadata.name ?? '', tag) },
      spec: null,
      status: null,
      image: null,
    }
  );
}

/** A new tag need not repeat its name. */
function named(object: ImageTag, tag: string): ImageTag {
  if (object.spec === null || object.spec.name !== '') return object;
  return { ...object, spec: { ...object.spec, name: tag } };
}

/** What the server sets counts as unchanged, whatever the client sends. */
function withSystemFields(next: ImageTag, old: ImageTag): ImageTag {
  const {
    resourceVersion: _version,
    generation: _generation,
    managedFields: _managed,
    ...sent
  } = next.metadata;
  const { labels: _labels, annotations: _annotations, ...system } = old.metadata;
  return { ...next, metadata: { ...system, ...sent } };
}

function validate(
  deps: ResourceDeps,
  { next, old, isNew }: { next: ImageTag; old: ImageTag; isNew: boolean },
): void {
  const allowed = allowList(deps.allowedRegistries, deps.hosts.internal);
  refuseInvalid(
    kind,
    next.metadata.name ?? '',
    isNew ? validateImageTag(next, allowed) : validateImageTagUpdate(next, old, allowed),
  );
}

function defaulted({ importMode }: ResourceDeps, object: ImageTag, namespace: string): ImageTag {
  const spec = object.spec ?? null;
  return {
    kind: 'ImageTag',
    apiVersion: imageApiVersion,
    metadata: { ...object.metadata, namespace },
    spec: spec === null ? null : defaultTagReference(spec, importMode),
    status: object.status ?? null,
    image: null,
  };
}
