import type { ImageImportStatus, ImageStreamImportStatus } from '#src/domain/types.ts';
import type { KubeObject } from '#src/meta/object.ts';

/** The outcome of an import as it is answered: objects inside others do not name their kind. */
export function shownStatus(status: ImageStreamImportStatus): ImageStreamImportStatus {
  const { import: stream, repository, images } = status;
  return {
    ...(stream === undefined ? {} : { import: withoutKind(stream) }),
    ...(repository === undefined
      ? {}
      : {
          repository: {
            ...repository,
            ...(repository.images === undefined ? {} : { images: repository.images.map(shown) }),
          },
        }),
    ...(images === undefined ? {} : { images: images.map(shown) }),
  };
}

function shown({ image, manifests, ...outcome }: ImageImportStatus): ImageImportStatus {
  return {
    ...outcome,
    ...(image === undefined ? {} : { image: withoutKind(image) }),
    ...(manifests === undefined ? {} : { manifests: manifests.map(withoutKind) }),
  };
}

function withoutKind<T extends KubeObject>(object: T): T {
  const { kind: _kind, apiVersion: _version, ...rest } = object;
  return rest as T;
}
