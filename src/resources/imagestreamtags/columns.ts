import type { Column } from '#src/apiserver/resource.ts';
import type { ImageStreamTag } from '#src/domain/types.ts';

import { ago, nameColumn, textColumn } from '../cells.ts';

export const imageStreamTagColumns: readonly Column<ImageStreamTag>[] = [
  nameColumn,
  textColumn(
    'Image Reference',
    'Where the image can be pulled from.',
    (tag: ImageStreamTag) => tag.image.dockerImageReference ?? '',
  ),
  textColumn('Updated', 'When the tag last changed.', (tag: ImageStreamTag, now) =>
    ago(tag.metadata.creationTimestamp, now),
  ),
  textColumn(
    'Image Name',
    'Digest of the image.',
    (tag: ImageStreamTag) => tag.image.metadata.name ?? '',
    1,
  ),
];
