import { forbiddenField, internalFieldError, type FieldError } from '#src/meta/field-error.ts';
import { forbidden, type Status } from '#src/meta/status.ts';
import { binaryQuantity, parseQuantity } from './quantity.ts';
import {
  daemonMinimal,
  exactReference,
  mostSpecific,
  referenceOf,
  withClientDefaults,
} from './reference.ts';
import { sourceNamespace, sourceSeparator } from './tag-source.ts';
import { imageGroup, type Image, type ImageStream, type TagReference } from './types.ts';

/** What a namespace allows; absent means unlimited. */
export interface ImageLimits {
  /** Distinct sources of the spec of one stream (`openshift.io/image-tags`). */
  readonly imageTags?: number;
  /** Distinct images of the status of one stream (`openshift.io/images`). */
  readonly images?: number;
  /** Bytes of one pushed image (`storage` of `openshift.io/Image`). */
  readonly imageSize?: number;
}

/** The part of a core/v1 LimitRange that counts here. */
export interface LimitRange {
  readonly spec?: {
    readonly limits?: readonly {
      readonly type?: string;
      readonly max?: Readonly<Record<string, string>>;
    }[];
  };
}

const imageTagsResource = 'openshift.io/image-tags';
const imagesResource = 'openshift.io/images';

/** The strictest limits of the LimitRanges of a namespace. */
export function imageLimits(ranges: readonly LimitRange[]): ImageLimits {
  const imageTags = smallest(ranges, 'openshift.io/ImageStream', imageTagsResource);
  const images = smallest(ranges, 'openshift.io/ImageStream', imagesResource);
  const imageSize = smallest(ranges, 'openshift.io/Image', 'storage');
  return {
    ...(imageTags === undefined ? {} : { imageTags }),
    ...(images === undefined ? {} : { images }),
    ...(imageSize === undefined ? {} : { imageSize }),
  };
}

/**
 * Why a stream holds too much, as a Forbidden status. A write that adds nothing is never refused, so that a stream over
 * a new limit stays editable.
 */
export function streamLimitStatus(
  stream: ImageStream,
  old: ImageStream | undefined,
  limits: ImageLimits,
): Status | undefined {
  const errors = [
    ...exceeded(imagesResource, limits.images, [imagesOf(stream), imagesOf(old)]),
    ...exceeded(imageTagsResource, limits.imageTags, [sourcesOf(stream), sourcesOf(old)]),
  ];
  if (errors.length === 0) return undefined;
  const text = errors.length === 1 ? (errors[0] ?? '') : `[${errors.join(', ')}]`;
  const resource = { group: imageGroup, resource: 'ImageStream' };
  return forbidden(resource, stream.metadata.name ?? '', text);
}

/** The refusal as a field error of a write of the stream, or of its status (pushes). */
export function limitFieldError(status: Status, mode: 'stream' | 'status'): FieldError {
  const message = status.message ?? '';
  return mode === 'status'
    ? forbiddenField('imageStream', message)
    : internalFieldError('', message);
}

/** Whether a status says that a limit is exceeded. */
export function isLimitExceeded(status: Status): boolean {
  return (
    (status.reason === 'Forbidden' || status.reason === 'Invalid') &&
    (status.message ?? '').includes('exceeds the maximum limit')
  );
}

/** Why a pushed image is too large, as the Forbidden status of its mapping. */
export function imageSizeStatus(
  image: Image,
  mappingName: string,
  limits: ImageLimits,
): Status | undefined {
  const size = image.dockerImageMetadata?.Size ?? 0;
  if (limits.imageSize === undefined || size <= limits.imageSize) return undefined;
  const usage = `${binaryQuantity(size)} > ${binaryQuantity(limits.imageSize)}`;
  return forbidden(
    { group: imageGroup, resource: 'imagestreammappings' },
    mappingName,
    `requested usage of storage exceeds the maximum limit per openshift.io/Image (${usage})`,
  );
}

function smallest(
  ranges: readonly LimitRange[],
  type: string,
  resource: string,
): number | undefined {
  const maxima = ranges
    .flatMap((range) => range.spec?.limits ?? [])
    .filter((limit) => limit.type === type)
    .map((limit) => parseQuantity(limit.max?.[resource] ?? ''))
    .filter((max) => max !== undefined);
  return maxima.length === 0 ? undefined : Math.min(...maxima);
}

function exceeded(
  resource: string,
  max: number | undefined,
  [used, before]: readonly [used: ReadonlySet<string>, before: ReadonlySet<string>],
): string[] {
  if (max === undefined || used.size <= max || [...used].every((each) => before.has(each)))
    return [];
  return [
    `requested usage of ${resource} exceeds the maximum limit per openshift.io/ImageStream (${used.size} > ${max})`,
  ];
}

function imagesOf(stream: ImageStream | undefined): Set<string> {
  const events = (stream?.status.tags ?? []).flatMap((tag) => tag.items ?? []);
  return new Set(events.map((event) => event.image).filter((image) => image !== ''));
}

function sourcesOf(stream: ImageStream | undefined): Set<string> {
  if (stream === undefined) return new Set();
  const sources = (stream.spec.tags ?? []).map((tag) => sourceIdentity(stream, tag));
  return new Set(sources.filter((source) => source !== undefined));
}

/** What a spec tag counts as; one that cannot be read, and a bare tag of the same stream, count as nothing. */
function sourceIdentity(stream: ImageStream, tag: TagReference): string | undefined {
  const { from } = tag;
  const name = from?.name ?? '';
  if (from?.kind === 'DockerImage') {
    const reference = referenceOf(name);
    return reference === undefined
      ? undefined
      : exactReference(daemonMinimal(mostSpecific(withClientDefaults(reference))));
  }
  const separator = from === undefined ? undefined : sourceSeparator(from);
  if (from === undefined || separator === undefined || name.split(separator).length !== 2)
    return undefined;
  return `${sourceNamespace(stream, from)}/${name}`;
}
