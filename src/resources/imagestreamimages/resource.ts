import type { Resource } from '#src/apiserver/resource.ts';
import { parseImageStreamImageName } from '#src/domain/names.ts';
import { imageGroup, type ImageStreamImage } from '#src/domain/types.ts';
import { findStreamImage, imageStreamImageView } from '#src/domain/views/image-stream-image.ts';
import { notFound, StatusError } from '#src/meta/status.ts';

import type { ResourceDeps } from '../deps.ts';
import { imagesOf, partsOf } from '../imagestreams/layers.ts';
import type { StreamStorage } from '../imagestreams/storage.ts';
import { nameOf, TagStorage } from '../tag-storage.ts';
import { imageStreamImageColumns } from './columns.ts';
import { imageStreamImageSchema } from './schema.ts';

/** imagestreamimages: the images that a stream has or had, by digest or a prefix of it. */
export function imageStreamImages(
  deps: ResourceDeps,
  storage: StreamStorage,
): Resource<ImageStreamImage> {
  const tags = new TagStorage(deps, storage, 'imagestreamimages');
  return {
    group: imageGroup,
    version: 'v1',
    name: 'imagestreamimages',
    singular: 'imagestreamimage',
    kind: 'ImageStreamImage',
    namespaced: true,
    shortNames: ['isimage'],
    categories: [],
    rest: {
      async get(context, text) {
        const name = nameOf(parseImageStreamImageName(text));
        const stream = await tags.stream(context, name.stream);
        const images = await imagesOf(deps.objects, stream);
        const found = findStreamImage(stream, name.id, (image) => partsOf(images.get(image)));
        if (found === undefined)
          throw new StatusError(
            // Recorded: in the singular, unlike every other error here.
            notFound({ group: imageGroup, resource: 'imagestreamimage' }, text),
          );
        const image = images.get(found);
        if (image === undefined) throw tags.missing(found);
        return imageStreamImageView(stream, text, image);
      },
    },
    subresources: [],
    columns: imageStreamImageColumns,
    schema: imageStreamImageSchema,
  };
}
