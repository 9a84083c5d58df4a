import type { Resource } from '#src/apiserver/resource.ts';
import { imageGroup, type ImageStream } from '#src/domain/types.ts';

import { coreRest, serving } from '../core.ts';
import type { ResourceDeps } from '../deps.ts';
import { imageStream } from '../schema/stream.ts';
import { secretStrategy } from '../secrets/strategy.ts';
import { imageStreamColumns } from './columns.ts';
import { streamLayers } from './layers.ts';
import { imageStreamLayersSchema, secretListSchema } from './schema.ts';
import { streamSecrets } from './secrets.ts';
import type { StreamStorage } from './storage.ts';

/** imagestreams with `layers`, `secrets` and `status`. */
export function imageStreams(deps: ResourceDeps, storage: StreamStorage): Resource<ImageStream> {
  const secrets = coreRest(deps, { resource: 'secrets', kind: 'Secret' }, secretStrategy);
  return {
    group: imageGroup,
    version: 'v1',
    name: 'imagestreams',
    singular: 'imagestream',
    kind: 'ImageStream',
    namespaced: true,
    shortNames: ['is'],
    categories: ['all'],
    rest: storage.main,
    subresources: [
      {
        name: 'layers',
        kind: 'ImageStreamLayers',
        schema: imageStreamLayersSchema,
        rest: streamLayers(deps, storage),
      },
      {
        name: 'secrets',
        kind: 'SecretList',
        schema: secretListSchema,
        rest: streamSecrets(secrets),
      },
      { name: 'status', kind: 'ImageStream', rest: serving(storage.status, 'get', 'update') },
    ],
    columns: imageStreamColumns,
    schema: imageStream,
  };
}
