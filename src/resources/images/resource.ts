import { createGenericRest, type GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { Resource } from '#src/apiserver/resource.ts';
import { imageGroup, type Image } from '#src/domain/types.ts';

import { storedIn } from '../core.ts';
import type { StorageDeps } from '../deps.ts';
import { image } from '../schema/image.ts';
import { imageColumns } from './columns.ts';
import { imageStrategy } from './strategy.ts';

/** Images in the store. */
export function imageStorage(deps: StorageDeps): GenericRest<Image> {
  return createGenericRest(
    storedIn(deps, {
      group: imageGroup,
      version: 'v1',
      resource: 'images',
      kind: 'Image',
      strategy: imageStrategy,
    }),
  );
}

/** images: what is known of every image, by digest. */
export function images(rest: GenericRest<Image>): Resource<Image> {
  return {
    group: imageGroup,
    version: 'v1',
    name: 'images',
    singular: 'image',
    kind: 'Image',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest,
    subresources: [],
    columns: imageColumns,
    schema: image,
  };
}
