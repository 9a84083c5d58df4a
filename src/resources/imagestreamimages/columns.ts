import type { Column } from '#src/apiserver/resource.ts';
import type { ImageStreamImage } from '#src/domain/types.ts';

import { ago, nameColumn, textColumn } from '../cells.ts';

export const imageStreamImageColumns: readonly Column<ImageStreamImage>[] = [
  nameColumn,
  textColumn('Updated', 'When the image was first imported.', (object: ImageStreamImage, now) =>
    ago(object.metadata.creationTimestamp, now),
  ),
  textColumn(
    'Image Reference',
    'Where the image can be pulled from.',
    (object: ImageStreamImage) => object.image.dockerImageReference ?? '',
    1,
  ),
  textColumn(
    'Image Name',
    'Digest of the image.',
    (object: ImageStreamImage) => object.image.metadata.name ?? '',
    1,
  ),
];
