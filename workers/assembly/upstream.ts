import { pullSecretCredentials } from '#src/credentials/pull-secrets.ts';
import { referenceOf, registryHost, repositoryPath } from '#src/domain/reference.ts';
import type { UnusedCredential } from '#src/domain/views/history.ts';
import type { UpstreamFacts } from '#src/resources/deps.ts';
import type { RecordDatabase } from '#src/store/open.ts';

import { pullSecrets } from '../import/pull-secrets.ts';

/** What the API tells of checks and credentials; of a credential only the secret's name. */
export function upstreamFacts({
  objects,
  ledger,
  registries,
}: Pick<RecordDatabase, 'objects' | 'ledger' | 'registries'>): UpstreamFacts {
  return {
    registries: (hosts) => registries.list(hosts),
    checks: (namespace, name) => ledger.ofStream(namespace, name),
    async secrets(namespace, pullSpecs) {
      const secrets = await pullSecrets(objects, namespace);
      const unused: UnusedCredential[] = [];
      // The names are told inside the namespace.
      const credentials = pullSecretCredentials(
        secrets.map(({ name, type, data }) => ({ name, type, data })),
        { onWarning: (warning) => unused.push(warning) },
      );
      const tried = await Promise.all(
        pullSpecs.map(async (pullSpec) => {
          const reference = referenceOf(pullSpec);
          if (reference === undefined) return [];
          const candidates = await credentials.candidates({
            registry: registryHost(reference),
            repository: repositoryPath(reference),
            purpose: 'registry',
          });
          return [...new Set(candidates.map(({ source }) => source))];
        }),
      );
      return { tried, unused };
    },
  };
}
