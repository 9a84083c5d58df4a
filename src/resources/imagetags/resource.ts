import type { Resource } from '#src/apiserver/resource.ts';
import { newestEvent } from '#src/domain/history.ts';
import { parseImageTagName } from '#src/domain/names.ts';
import { imageApiVersion, imageGroup, type ImageStream, type ImageTag } from '#src/domain/types.ts';
import { allTags, imageTagView } from '#src/domain/views/image-tag.ts';

import type { ResourceDeps } from '../deps.ts';
import type { StreamStorage } from '../imagestreams/storage.ts';
import { listTags } from '../tag-list.ts';
import { nameOf, TagStorage } from '../tag-storage.ts';
import { imageTagColumns } from './columns.ts';
import { imageTagSchema } from './schema.ts';
import { createImageTag, updateImageTag, viewOf } from './write.ts';

/** imagetags: every tag with its intent and its whole history. */
export function imageTags(deps: ResourceDeps, storage: StreamStorage): Resource<ImageTag> {
  const tags = new TagStorage(deps, storage, 'imagetags');
  return {
    group: imageGroup,
    version: 'v1',
    name: 'imagetags',
    singular: 'imagetag',
    kind: 'ImageTag',
    namespaced: true,
    shortNames: ['itag'],
    categories: [],
    rest: {
      async get(context, text) {
        const name = nameOf(parseImageTagName(text));
        const stream = await tags.stream(context, name.stream);
        const image = await tags.imageOf(newestEvent(stream, name.tag));
        const view = imageTagView(stream, name.tag, image);
        if (view === undefined) throw tags.missing(text);
        return view;
      },
      list: (context, query) =>
        listTags(deps, context, query, {
          kind: 'ImageTagList',
          apiVersion: imageApiVersion,
          tagsOf: allTags,
          view: (stream: ImageStream, tag) => withoutManagedFields(viewOf(stream, tag)),
        }),
      create: (context, object, options) =>
        createImageTag(deps, tags, { context, object, options }),
      update: (context, name, update, options) =>
        updateImageTag(deps, tags, { context, name, update, options }),
      delete: (context, name, options) =>
        tags.delete(context, nameOf(parseImageTagName(name)), options),
    },
    subresources: [],
    columns: imageTagColumns,
    schema: imageTagSchema,
  };
}

/** They are those of all tags of the stream: a list with them would grow with the square of the tags. */
function withoutManagedFields(tag: ImageTag): ImageTag {
  const { managedFields: _managed, ...metadata } = tag.metadata;
  return { ...tag, metadata };
}
