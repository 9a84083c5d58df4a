import type { ServiceAccountSource } from '#src/apiserver/authenticate/service-account-tokens.ts';
import type { Objects } from '#src/store/objects.ts';

/** Which accounts and secrets there are, for the tokens that depend on them. */
export function serviceAccountSource(objects: Objects): ServiceAccountSource {
  return {
    async accountUid({ namespace, name }) {
      const account = await objects.get({ resource: 'serviceaccounts', namespace, name });
      return account?.metadata.deletionTimestamp === undefined ? account?.metadata.uid : undefined;
    },
    async secretUid(namespace, name) {
      const secret = await objects.get({ resource: 'secrets', namespace, name });
      return secret?.metadata.deletionTimestamp === undefined ? secret?.metadata.uid : undefined;
    },
  };
}
