import type { ImageStream } from './types.ts';

/** Under which names the integrated registry is reached; empty or absent means that there is none. */
export interface RegistryHosts {
  readonly internal?: string;
  readonly external?: string;
}

/** `status.dockerImageRepository`: the stream's place in the integrated registry, else what its spec names. */
function dockerImageRepository(stream: ImageStream, hosts: RegistryHosts): string {
  const { namespace = '', name = '' } = stream.metadata;
  if (hosts.internal === undefined || hosts.internal === '')
    return stream.spec.dockerImageRepository ?? '';
  return `${hosts.internal}/${namespace === '' ? 'default' : namespace}/${name}`;
}

/** The stream with both repositories computed; what a client sent for them never counts. */
export function withRepositories(stream: ImageStream, hosts: RegistryHosts): ImageStream {
  const { namespace = '', name = '' } = stream.metadata;
  const { tags } = stream.status;
  const isPublic = hosts.external !== undefined && hosts.external !== '';
  return {
    ...stream,
    status: {
      dockerImageRepository: dockerImageRepository(stream, hosts),
      ...(isPublic
        ? { publicDockerImageRepository: `${hosts.external}/${namespace}/${name}` }
        : {}),
      ...(tags === undefined || tags.length === 0 ? {} : { tags }),
    },
  };
}
