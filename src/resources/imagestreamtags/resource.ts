import type { Resource } from '#src/apiserver/resource.ts';
import { newestEvent } from '#src/domain/history.ts';
import { parseImageStreamTagName } from '#src/domain/names.ts';
import { imageApiVersion, imageGroup, type ImageStreamTag } from '#src/domain/types.ts';
import { imageStreamTagView, listedTags } from '#src/domain/views/image-stream-tag.ts';

import type { ResourceDeps } from '../deps.ts';
import type { StreamStorage } from '../imagestreams/storage.ts';
import { listTags } from '../tag-list.ts';
import { nameOf, TagStorage } from '../tag-storage.ts';
import { imageStreamTagColumns } from './columns.ts';
import { imageStreamTagSchema } from './schema.ts';
import { createTag, updateTag } from './write.ts';

/** imagestreamtags: the tags that have an image, each with it. */
export function imageStreamTags(
  deps: ResourceDeps,
  storage: StreamStorage,
): Resource<ImageStreamTag> {
  const tags = new TagStorage(deps, storage, 'imagestreamtags');
  return {
    group: imageGroup,
    version: 'v1',
    name: 'imagestreamtags',
    singular: 'imagestreamtag',
    kind: 'ImageStreamTag',
    namespaced: true,
    shortNames: ['istag'],
    categories: [],
    rest: {
      async get(context, text) {
        const name = nameOf(parseImageStreamTagName(text));
        const stream = await tags.stream(context, name.stream);
        const event = newestEvent(stream, name.tag);
        if (event === undefined || event.image === '') throw tags.missing(text);
        const image = await tags.image(event.image);
        if (image === undefined) throw tags.missing(event.image);
        return imageStreamTagView(stream, name.tag, image);
      },
      list: (context, query) =>
        listTags(deps, context, query, {
          kind: 'ImageStreamTagList',
          apiVersion: imageApiVersion,
          tagsOf: listedTags,
          view: (stream, tag) => imageStreamTagView(stream, tag, undefined),
        }),
      create: (context, object, options) => createTag(deps, tags, { context, object, options }),
      update: (context, name, update, options) =>
        updateTag(deps, tags, { context, name, update, options }),
      delete: (context, name, options) =>
        tags.delete(context, nameOf(parseImageStreamTagName(name)), options),
    },
    subresources: [],
    columns: imageStreamTagColumns,
    schema: imageStreamTagSchema,
  };
}
