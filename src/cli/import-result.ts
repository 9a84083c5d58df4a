import {
  defaultTag,
  type ImageImportStatus,
  type ImageStream,
  type ImageStreamImport,
} from '#src/domain/types.ts';
import { describeImageStream } from './describe/image-stream.ts';
import { describeImage } from './describe/image.ts';

/** What an import prints, and whether it failed as a whole. */
export interface ImportReport {
  readonly out: string;
  readonly err: string;
  readonly failed: boolean;
}

/**
 * The report of `import-image`. A failed tag of a repository has its line but does not fail the
 * whole.
 * @param now milliseconds, for ages
 */
export function importReport(result: ImageStreamImport, now: number): ImportReport {
  const { repository, images = [] } = result.status;
  const repositoryImages = repository?.images ?? [];
  const name = result.metadata.name ?? '';
  const failed = repository?.status?.status === 'Failure' || images.some(isFailure);
  const title = `imagestream.image.openshift.io/${name} imported${failed ? ' with errors' : ''}`;
  return {
    out: [
      `${title}${result.spec.import ? '' : ' (dry run)'}\n`,
      streamText(result.status.import, now),
      ...[...repositoryImages, ...images].map((image) => imageText(image, name, now)),
      additionalText(repository?.additionalTags ?? []),
      '\n',
    ].join(''),
    err: [
      ...images.map((image) => errorLine(image, 'tag')),
      ...repositoryImages.map((image) => errorLine(image, 'repository tag')),
    ].join(''),
    failed,
  };
}

function isFailure(image: ImageImportStatus): boolean {
  return image.status.status === 'Failure';
}

function streamText(stream: ImageStream | undefined, now: number): string {
  return stream === undefined ? '' : `\n${describeImageStream(stream, now)}\n`;
}

function imageText(
  { image, tag = defaultTag }: ImageImportStatus,
  stream: string,
  now: number,
): string {
  return image === undefined ? '' : `${describeImage(image, `${stream}:${tag}`, now)}\n`;
}

function errorLine(image: ImageImportStatus, what: string): string {
  return isFailure(image)
    ? `error: ${what} ${image.tag ?? ''} failed: ${image.status.message ?? ''}\n`
    : '';
}

function additionalText(tags: readonly string[]): string {
  return tags.length === 0
    ? ''
    : `\ninfo: The remote repository contained ${tags.length} additional tags which were not imported: ${tags.join(', ')}\n`;
}
