import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import type { RegistryHosts } from '#src/domain/repositories.ts';
import { withRepositories } from '#src/domain/repositories.ts';
import { withoutOrigins } from '#src/domain/origin.ts';
import type { ImageStream } from '#src/domain/types.ts';
import type { FieldError } from '#src/meta/field-error.ts';

/** What one write of a stream came to, worked out before it: the stream to store and everything wrong with it. */
export interface StreamOutcome {
  readonly stream: ImageStream;
  readonly errors: readonly FieldError[];
}

/** The rules of image streams: the domain prepares and validates in one go, since sources must be looked up first. */
export function imageStreamStrategy(hosts: RegistryHosts): Strategy<ImageStream, StreamOutcome> {
  return {
    namespaced: true,
    allowUnconditionalUpdate: false,
    prepareForCreate: (_stream, info) => info.loaded.stream,
    validateCreate: (_stream, info) => info.loaded.errors,
    prepareForUpdate: (_next, _current, info) => info.loaded.stream,
    validateUpdate: (_next, _current, info) => info.loaded.errors,
    decorate: (stream) => withRepositories(withoutOrigins(stream), hosts),
    selectableFields: {
      'spec.dockerImageRepository': (stream) => stream.spec.dockerImageRepository ?? '',
      'status.dockerImageRepository': (stream) => stream.status.dockerImageRepository,
    },
  };
}
