import { randomUUID } from 'node:crypto';

import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import type { RequestContext, Resource, WriteOptions } from '#src/apiserver/resource.ts';
import { parseImageSignatureName } from '#src/domain/names.ts';
import { imageApiVersion, imageGroup, type Image, type ImageSignature } from '#src/domain/types.ts';
import { validateImageSignature } from '#src/domain/validation/image-signature.ts';
import { rfc3339, type Clock } from '#src/lib/clock.ts';
import { alreadyExists, notFound, refuseInvalid, StatusError } from '#src/meta/status.ts';

import { imageSignature } from '../schema/image.ts';
import { nameOf } from '../tag-storage.ts';

// Recorded: errors spell the resource like this.
const errorResource = { group: imageGroup, resource: 'imageSignatures' };
const kind = 'ImageSignature';

/** imagesignatures: kept inside their images. */
export function imageSignatures(
  clock: Clock,
  images: GenericRest<Image>,
): Resource<ImageSignature> {
  return {
    group: imageGroup,
    version: 'v1',
    name: 'imagesignatures',
    singular: 'imagesignature',
    kind,
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: {
      create: (context, object, options) =>
        addSignature({ clock, images }, context, object, options),
      async delete(context, text, { dryRun }) {
        const name = nameOf(parseImageSignatureName(text));
        await changeSignatures(images, context, name.image, dryRun, (signatures) => {
          const kept = signatures.filter((signature) => signature.metadata.name !== text);
          if (kept.length === signatures.length)
            throw new StatusError(notFound(errorResource, text));
          return kept;
        });
        return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
      },
    },
    subresources: [],
    columns: [],
    schema: imageSignature,
  };
}

async function addSignature(
  { clock, images }: { clock: Clock; images: GenericRest<Image> },
  context: RequestContext,
  object: ImageSignature,
  { dryRun }: WriteOptions,
): Promise<ImageSignature> {
  const sent: Partial<ImageSignature> = object;
  const { metadata = {}, type = '', content = '' } = sent;
  const text = metadata.name ?? '';
  const signature: ImageSignature = {
    metadata: { ...metadata, uid: randomUUID(), creationTimestamp: rfc3339(clock.now()) },
    type,
    content,
  };
  refuseInvalid({ group: imageGroup, kind }, text, validateImageSignature(signature));
  const { image } = nameOf(parseImageSignatureName(text));
  await changeSignatures(images, context, image, dryRun, (signatures) => {
    const isKnown = signatures.some(
      (known) => known.metadata.name === text || (known.type === type && known.content === content),
    );
    if (isKnown) throw new StatusError(alreadyExists(errorResource, text));
    return [...signatures, signature];
  });
  return { kind, apiVersion: imageApiVersion, ...signature };
}

async function changeSignatures(
  ...[images, context, name, dryRun, change]: [
    GenericRest<Image>,
    RequestContext,
    string,
    boolean,
    (signatures: readonly ImageSignature[]) => ImageSignature[],
  ]
): Promise<void> {
  await images.update(
    context,
    name,
    (current) => {
      if (current === undefined) throw new StatusError(notFound(errorResource, name));
      const { signatures = [], ...image } = current;
      const changed = change(signatures);
      return changed.length === 0 ? image : { ...image, signatures: changed };
    },
    { dryRun, fieldManager: '' },
  );
}
