import type { ImageStream, TagReference } from '#src/domain/types.ts';

/** A spec tag that follows an external image. */
export function externalTag(
  name: string,
  from: string,
  more: Partial<TagReference> = {},
): TagReference {
  return {
    name,
    annotations: null,
    from: { kind: 'DockerImage', name: from },
    generation: 1,
    importPolicy: { importMode: 'Legacy' },
    referencePolicy: { type: 'Source' },
    ...more,
  };
}

/** A stream as it is stored. */
export function imageStream(
  name: string,
  tags: TagReference[],
  more: { status?: ImageStream['status']; namespace?: string; imported?: boolean } = {},
): ImageStream {
  return {
    kind: 'ImageStream',
    apiVersion: 'image.openshift.io/v1',
    metadata: {
      name,
      namespace: more.namespace ?? 'test',
      uid: `uid-${name}`,
      generation: 1,
      ...(more.imported === true
        ? { annotations: { 'openshift.io/image.dockerRepositoryCheck': '2026-01-01T00:00:00Z' } }
        : {}),
    },
    spec: { lookupPolicy: { local: false }, tags },
    status: more.status ?? { dockerImageRepository: '' },
  };
}

/** The status of a tag whose import failed. */
export function failedTag(
  tag: string,
  reason: string,
  since = '2026-01-01T00:00:00Z',
): NonNullable<ImageStream['status']['tags']>[number] {
  return {
    tag,
    items: null,
    conditions: [
      {
        type: 'ImportSuccess',
        status: 'False',
        reason,
        message: 'it failed',
        generation: 1,
        lastTransitionTime: since,
      },
    ],
  };
}

/** Where a stream is kept. */
export function streamKeyOf(stream: ImageStream): {
  resource: string;
  namespace: string;
  name: string;
} {
  const { namespace = '', name = '' } = stream.metadata;
  return { resource: 'imagestreams.image.openshift.io', namespace, name };
}
