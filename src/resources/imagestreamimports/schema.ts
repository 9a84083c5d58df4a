import { statusSchema } from '#src/apiserver/openapi/status-schema.ts';

import { boolean, definition, listOf, string } from '../schema/builders.ts';
import { localObjectReference, objectReference } from '../schema/core.ts';
import { image, imagePrefix, tagImportPolicy, tagReferencePolicy } from '../schema/image.ts';
import { kindSchema } from '../schema/meta.ts';
import { imageStream } from '../schema/stream.ts';

const imageImportStatus = definition(
  `${imagePrefix}.ImageImportStatus`,
  'What came of one image.',
  {
    status: statusSchema,
    image,
    tag: string('The tag that was pulled.'),
    manifests: listOf(image, 'The images of an index.'),
  },
);

export const imageStreamImportSchema = kindSchema(
  `${imagePrefix}.ImageStreamImport`,
  'Asks registries for images and, if wanted, records them on a stream.',
  {
    spec: definition(`${imagePrefix}.ImageStreamImportSpec`, 'What to import.', {
      import: boolean('The outcome is recorded on the stream; otherwise only shown.'),
      repository: definition(`${imagePrefix}.RepositoryImportSpec`, 'A whole repository.', {
        from: objectReference,
        importPolicy: tagImportPolicy,
        referencePolicy: tagReferencePolicy,
        includeManifest: boolean('The manifests are part of the answer.'),
      }),
      images: listOf(
        definition(`${imagePrefix}.ImageImportSpec`, 'One image.', {
          from: objectReference,
          to: localObjectReference,
          importPolicy: tagImportPolicy,
          referencePolicy: tagReferencePolicy,
          includeManifest: boolean('The manifest is part of the answer.'),
        }),
        'Single images.',
      ),
    }),
    status: definition(`${imagePrefix}.ImageStreamImportStatus`, 'What came of it.', {
      import: imageStream,
      repository: definition(
        `${imagePrefix}.RepositoryImportStatus`,
        'What came of the repository.',
        {
          status: statusSchema,
          images: listOf(imageImportStatus, 'The tags that were imported.'),
          additionalTags: listOf(string(), 'The tags that were not imported.'),
        },
      ),
      images: listOf(imageImportStatus, 'One outcome an image, in the order of the spec.'),
    }),
  },
);
