import type {
  Image,
  ImageImportStatus,
  ImageStreamImportSpec,
  ImageStreamImportStatus,
} from '#src/domain/types.ts';

/** The answer of an import that is not recorded: raw manifests and configs only for who asked for them. */
export function withoutManifests(
  status: ImageStreamImportStatus,
  spec: ImageStreamImportSpec,
): ImageStreamImportStatus {
  const { images, repository } = status;
  return {
    ...status,
    ...(images === undefined
      ? {}
      : {
          images: images.map((each, index) => shown(each, spec.images?.[index]?.includeManifest)),
        }),
    ...(repository?.images === undefined
      ? {}
      : {
          repository: {
            ...repository,
            images: repository.images.map((each) => shown(each, spec.repository?.includeManifest)),
          },
        }),
  };
}

function shown(outcome: ImageImportStatus, isIncluded: boolean | undefined): ImageImportStatus {
  if (isIncluded === true) return outcome;
  return {
    ...outcome,
    ...(outcome.image === undefined ? {} : { image: blank(outcome.image) }),
    ...(outcome.manifests === undefined ? {} : { manifests: outcome.manifests.map(blank) }),
  };
}

function blank(image: Image): Image {
  const { dockerImageManifest: _manifest, dockerImageConfig: _config, ...rest } = image;
  return rest;
}
