import type { ListQuery, Rest } from '#src/apiserver/resource.ts';
import type { GenericRest } from '#src/apiserver/generic/generic-rest.ts';
import { excludeSecretAnnotation, imageApiVersion } from '#src/domain/types.ts';
import type { KubeList } from '#src/meta/object.ts';

import { dockerCfgType, dockerConfigJsonType, type Secret } from '../secrets/types.ts';

const pullSecretTypes: ReadonlySet<string> = new Set([dockerCfgType, dockerConfigJsonType]);

/**
 * `imagestreams/secrets`: the pull secrets of the namespace, whatever the stream is called, even when there is none. Who
 * may get it needs no access to secrets.
 */
export function streamSecrets(secrets: GenericRest<Secret>): Rest {
  return {
    async get(context, _name): Promise<KubeList<Secret>> {
      const list = await secrets.list(context, secretsQuery(context.query));
      return {
        kind: 'SecretList',
        apiVersion: imageApiVersion,
        metadata: list.metadata,
        items: list.items.filter(isPullSecret).map(withoutKind),
      };
    },
  };
}

/** The ListOptions of the query, which choose among all secrets. */
function secretsQuery(query: URLSearchParams): ListQuery {
  const limit = Number(query.get('limit') ?? 0);
  const token = query.get('continue') ?? '';
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    ...(limit > 0 ? { limit } : {}),
    ...(token === '' ? {} : { continue: token }),
  };
}

function isPullSecret(secret: Secret): boolean {
  return (
    pullSecretTypes.has(secret.type ?? '') &&
    secret.metadata.annotations?.[excludeSecretAnnotation] !== 'true'
  );
}

function withoutKind({ kind: _kind, apiVersion: _version, ...secret }: Secret): Secret {
  return secret;
}
