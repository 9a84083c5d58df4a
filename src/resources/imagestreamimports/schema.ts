import { statusSchema } from '#src/apiserver/openapi/status-schema.ts';
import { boolean, listOf, string } from '#src/meta/schema-builders.ts';

import { localObjectReference, objectReference } from '../schema/core.ts';
import { image, tagImportPolicy, tagReferencePolicy } from '../schema/image.ts';
import { imageStream } from '../schema/stream.ts';
import { imageDefinition, imageKind } from '../schema/image-group.ts';

const imageImportStatus = imageDefinition('ImageImportStatus', 'What came of one image.', {
  status: statusSchema,
  image,
  tag: string('The tag that was pulled.'),
  manifests: listOf(image, 'The images of an index.'),
});

export const imageStreamImportSchema = imageKind(
  'ImageStreamImport',
  'Asks registries for images and, if wanted, records them on a stream.',
  {
    spec: imageDefinition('ImageStreamImportSpec', 'What to import.', {
      import: boolean('The outcome is recorded on the stream; otherwise only shown.'),
      repository: imageDefinition('RepositoryImportSpec', 'A whole repository.', {
        from: objectReference,
        importPolicy: tagImportPolicy,
        referencePolicy: tagReferencePolicy,
        includeManifest: boolean('The manifests are part of the answer.'),
      }),
      images: listOf(
        imageDefinition('ImageImportSpec', 'One image.', {
          from: objectReference,
          to: localObjectReference,
          importPolicy: tagImportPolicy,
          referencePolicy: tagReferencePolicy,
          includeManifest: boolean('The manifest is part of the answer.'),
        }),
        'Single images.',
      ),
    }),
    status: imageDefinition('ImageStreamImportStatus', 'What came of it.', {
      import: imageStream,
      repository: imageDefinition('RepositoryImportStatus', 'What came of the repository.', {
        status: statusSchema,
        images: listOf(imageImportStatus, 'The tags that were imported.'),
        additionalTags: listOf(string(), 'The tags that were not imported.'),
      }),
      images: listOf(imageImportStatus, 'One outcome an image, in the order of the spec.'),
    }),
  },
);
