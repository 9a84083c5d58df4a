import type {
  ObjectUpdate,
  RequestContext,
  Updated,
  WriteOptions,
} from '#src/apiserver/resource.ts';
import { allowList } from '#src/domain/allowed-registries.ts';
import { defaultTagReference } from '#src/domain/defaults.ts';
import { newestEvent, specTag } from '#src/domain/history.ts';
import { parseImageStreamTagName, parseNewTagName, type TagName } from '#src/domain/names.ts';
import {
  imageApiVersion,
  imageGroup,
  type ImageStream,
  type ImageStreamTag,
  type TagReference,
} from '#src/domain/types.ts';
import {
  validateImageStreamTag,
  validateImageStreamTagUpdate,
} from '#src/domain/validation/image-stream-tag.ts';
import { imageStreamTagView } from '#src/domain/views/image-stream-tag.ts';
import { badRequest, refuseInvalid, StatusError } from '#src/meta/status.ts';

import type { ResourceDeps } from '../deps.ts';
import { nameOf, withSpecTag, type TagStorage } from '../tag-storage.ts';
import { addSpecTag, changeSpecTag } from '../tag-write.ts';

const resource = { group: imageGroup, resource: 'imagestreamtags' };
const kind = { group: imageGroup, kind: 'ImageStreamTag' };

/** POST: adds a spec tag, to a new stream if there is none. */
export async function createTag(
  deps: ResourceDeps,
  tags: TagStorage,
  request: { context: RequestContext; object: ImageStreamTag; options: WriteOptions },
): Promise<ImageStreamTag> {
  const { context, options } = request;
  const text = request.object.metadata.name ?? '';
  const parsed = parseNewTagName(text);
  const tag = (): TagReference | null => {
    const tagName = 'name' in parsed ? parsed.name : { stream: '', tag: '' };
    const object = defaulted(deps, request.object, tagName, context.namespace);
    const allowed = allowList(deps.allowedRegistries, deps.hosts.internal);
    refuseInvalid(kind, object.metadata.name ?? '', validateImageStreamTag(object, allowed));
    return object.tag;
  };
  // What else is wrong comes before a name that is no tag's.
  if ('status' in parsed) tag();
  const name = nameOf(parsed);
  const stream = await addSpecTag(
    deps,
    tags,
    { context, options, resource, text, name },
    { tag, taken: { group: imageGroup, resource: 'imagestreamtag' } },
  );
  return viewOf(tags, stream, name.tag);
}

/** PUT and PATCH: replaces the spec tag; a missing tag or stream is created. */
export async function updateTag(
  deps: ResourceDeps,
  tags: TagStorage,
  request: {
    context: RequestContext;
    name: string;
    update: ObjectUpdate<ImageStreamTag>;
    options: WriteOptions;
  },
): Promise<Updated<ImageStreamTag>> {
  const { context, name: text, update, options } = request;
  const name = nameOf(parseImageStreamTagName(text));
  const write = { context, options, resource, text, name };
  const { stream, created } = await changeSpecTag(deps, tags, write, async ({ base, current }) => {
    const old = imageStreamTagView(base, name.tag, undefined);
    const next = withTagAnnotations(defaulted(deps, await update(old), name, context.namespace));
    tags.requireVersion(next.metadata, text, current);
    validate(deps, { next, old, isNew: current === undefined });
    return replaced(base, name, next);
  });
  return { object: await viewOf(tags, stream, name.tag), created };
}

/** Clients that read a tag, change its annotations and write it back need not change both places. */
function withTagAnnotations(object: ImageStreamTag): ImageStreamTag {
  if (object.tag === null) return object;
  return { ...object, tag: { ...object.tag, annotations: object.metadata.annotations ?? null } };
}

/** The tag as GET shows it, even without an image. */
async function viewOf(tags: TagStorage, stream: ImageStream, tag: string): Promise<ImageStreamTag> {
  const image = await tags.imageOf(newestEvent(stream, tag));
  return imageStreamTagView(stream, tag, image);
}

function replaced(stream: ImageStream, name: TagName, next: ImageStreamTag): ImageStream {
  const tag = next.tag ?? specTag(stream, name.tag);
  if (tag === undefined) {
    const { namespace = '' } = stream.metadata;
    throw new StatusError(
      badRequest(
        `imagestreamtag ${name.tag} is not a spec tag in imagestream ${namespace}/${name.stream}, cannot be updated`,
      ),
    );
  }
  const annotations = next.metadata.annotations ?? null;
  return withSpecTag(stream, { ...tag, name: name.tag, annotations });
}

function validate(
  deps: ResourceDeps,
  { next, old, isNew }: { next: ImageStreamTag; old: ImageStreamTag; isNew: boolean },
): void {
  const allowed = allowList(deps.allowedRegistries, deps.hosts.internal);
  refuseInvalid(
    kind,
    next.metadata.name ?? '',
    isNew
      ? validateImageStreamTag(next, allowed)
      : validateImageStreamTagUpdate(next, old, allowed),
  );
}

function defaulted(
  { importMode }: ResourceDeps,
  object: ImageStreamTag,
  name: TagName,
  namespace: string,
): ImageStreamTag {
  const tag = object.tag ?? null;
  return {
    kind: 'ImageStreamTag',
    apiVersion: imageApiVersion,
    metadata: { ...object.metadata, namespace },
    tag: tag === null ? null : defaultTagReference({ ...tag, name: name.tag }, importMode),
    generation: 0,
    lookupPolicy: { local: false },
    image: { metadata: {} },
  };
}
