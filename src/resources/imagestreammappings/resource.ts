import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { RequestContext, Resource, WriteOptions } from '#src/apiserver/resource.ts';
import { imageSizeStatus } from '#src/domain/limits.ts';
import { defaultMapping, mayRetryMapping, recordMapping } from '#src/domain/mapping.ts';
import {
  imageApiVersion,
  imageGroup,
  type Image,
  type ImageStream,
  type ImageStreamMapping,
} from '#src/domain/types.ts';
import { validateImageStreamMapping } from '#src/domain/validation/image-stream-mapping.ts';
import { rfc3339 } from '#src/lib/clock.ts';
import { modified, refuseInvalid, type Status, StatusError } from '#src/meta/status.ts';

import { answered } from '../answered.ts';
import { requireNamespace } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import type { StreamStorage } from '../imagestreams/storage.ts';
import { imageStreamsResource } from '../imagestreams/streams.ts';
import { namespaceLimits } from '../limits.ts';
import { TagStorage } from '../tag-storage.ts';
import { imageStreamMappingSchema } from './schema.ts';

const names = { group: imageGroup, resource: 'imagestreammappings' };
const kind = 'ImageStreamMapping';

/** What a mapping is recorded in. */
interface MappingStorage {
  readonly deps: ResourceDeps;
  readonly streams: StreamStorage;
  readonly images: GenericRest<Image>;
}

/** imagestreammappings: registries send one after each push. */
export function imageStreamMappings(storage: MappingStorage): Resource<ImageStreamMapping> {
  return answered(
    { group: imageGroup, kind, namespaced: true, schema: imageStreamMappingSchema },
    (context, object, options) => createMapping(storage, context, object, options),
  );
}

async function createMapping(
  storage: MappingStorage,
  context: RequestContext,
  object: ImageStreamMapping,
  options: WriteOptions,
): Promise<Status> {
  const { deps } = storage;
  const name = object.metadata.name ?? '';
  await requireNamespace(deps, names, context.namespace, name);
  const mapping = defaulted(deps, context, object);
  const limits = await namespaceLimits(deps.objects, context.namespace);
  const tooLarge = imageSizeStatus(mapping.image, name, limits);
  if (tooLarge !== undefined) throw new StatusError(tooLarge);
  refuseInvalid({ group: imageGroup, kind }, name, validateImageStreamMapping(mapping));
  const tags = new TagStorage(deps, storage.streams, names.resource);
  const stream = await tags.stream(context, name);
  const existed = await storeImage(storage.images, context, mapping.image, options);
  await record(storage, { context, mapping, options, before: stream, existed });
  // Until the stream had it the image was anybody's to prune.
  const image = await tags.image(mapping.image.metadata.name ?? '');
  if (image === undefined) await storeImage(storage.images, context, mapping.image, options);
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', code: 201 };
}

function defaulted(
  deps: ResourceDeps,
  context: RequestContext,
  object: ImageStreamMapping,
): ImageStreamMapping {
  const sent: Partial<ImageStreamMapping> = object;
  const image: Partial<Image> = sent.image ?? {};
  return defaultMapping(
    {
      kind,
      apiVersion: imageApiVersion,
      metadata: { ...object.metadata, namespace: context.namespace },
      image: { ...image, metadata: image.metadata ?? {} },
      tag: sent.tag ?? '',
    },
    deps.hosts,
  );
}

/** @returns whether the image was known already, which is no error */
async function storeImage(
  images: GenericRest<Image>,
  context: RequestContext,
  image: Image,
  options: WriteOptions,
): Promise<boolean> {
  try {
    await images.create({ ...context, namespace: '' }, withoutVersion(image), options);
    return false;
  } catch (error) {
    if (error instanceof StatusError && error.status.reason === 'AlreadyExists') return true;
    throw error;
  }
}

async function record(
  { deps, streams }: MappingStorage,
  write: {
    context: RequestContext;
    mapping: ImageStreamMapping;
    options: WriteOptions;
    before: ImageStream;
    existed: boolean;
  },
): Promise<void> {
  const { context, mapping, options, before, existed } = write;
  const name = before.metadata.name ?? '';
  await streams.pushes.update(
    context,
    name,
    (current) => {
      const stream = current ?? before;
      if (!mayRetryMapping(before, stream, mapping.tag))
        throw new StatusError(modified(imageStreamsResource, name));
      return recordMapping({
        stream,
        tag: mapping.tag,
        image: mapping.image,
        existed,
        now: rfc3339(deps.clock.now()),
      }).stream;
    },
    options,
  );
}

function withoutVersion(image: Image): Image {
  const { resourceVersion: _version, ...metadata } = image.metadata;
  return { ...image, metadata };
}
