import { excludeSecretAnnotation } from '#src/domain/types.ts';
import type { PullSecret } from '#src/importer/importer.ts';
import { dockerCfgType, dockerConfigJsonType, type Secret } from '#src/resources/secrets/types.ts';
import type { Objects } from '#src/store/objects.ts';

/** The pull secrets of a namespace, decrypted for this one import. */
export async function pullSecrets(
  objects: Pick<Objects, 'list'>,
  namespace: string,
): Promise<PullSecret[]> {
  const { items } = await objects.list<Secret>({ resource: 'secrets', namespace });
  return items
    .filter(({ type }) => type === dockerCfgType || type === dockerConfigJsonType)
    .filter(({ metadata }) => metadata.annotations?.[excludeSecretAnnotation] !== 'true')
    .map(({ metadata, type = '', data = {} }) => ({
      namespace,
      name: metadata.name ?? '',
      type,
      data,
    }));
}
