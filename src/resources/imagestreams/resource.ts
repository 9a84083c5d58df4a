import type { RequestContext, Resource, WriteOptions } from '#src/apiserver/resource.ts';
import { imageGroup, type ImageStream } from '#src/domain/types.ts';

import { coreRest, serving } from '../core.ts';
import { requireStreamQuota } from '../quota.ts';
import { imageStreamsResource } from './streams.ts';
import type { ResourceDeps } from '../deps.ts';
import { imageStream } from '../schema/stream.ts';
import { secretStrategy } from '../secrets/strategy.ts';
import { imageStreamColumns } from './columns.ts';
import { streamHistory } from './history.ts';
import { imageStreamHistorySchema } from './history-schema.ts';
import { streamLayers } from './layers.ts';
import { imageStreamLayersSchema, secretListSchema } from './schema.ts';
import { streamSecrets } from './secrets.ts';
import type { StreamStorage } from './storage.ts';

/** imagestreams with `history`, `layers`, `secrets` and `status`. */
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
    rest: { ...storage.main, create: (...call) => createStream(deps, storage, ...call) },
    subresources: [
      {
        name: 'history',
        kind: 'ImageStreamHistory',
        schema: imageStreamHistorySchema,
        unlisted: true,
        rest: streamHistory(deps),
      },
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

async function createStream(
  deps: ResourceDeps,
  storage: StreamStorage,
  ...[context, stream, options]: [RequestContext, ImageStream, WriteOptions]
): Promise<ImageStream> {
  const { name = '' } = stream.metadata;
  const { namespace } = context;
  await requireStreamQuota(deps, { resource: imageStreamsResource, namespace, name, stream: name });
  return storage.main.create(context, stream, options);
}
