import type { Column } from '#src/apiserver/resource.ts';
import type { Image } from '#src/domain/types.ts';

import { nameColumn, textColumn } from '../cells.ts';

export const imageColumns: readonly Column<Image>[] = [
  nameColumn,
  textColumn(
    'Image Reference',
    'Where the image can be pulled from.',
    (image: Image) => image.dockerImageReference ?? '',
  ),
];
