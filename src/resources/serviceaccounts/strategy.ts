import type { Strategy } from '#src/apiserver/generic/strategy.ts';
import type { KubeObject, ObjectReference } from '#src/meta/object.ts';

/** core/v1 ServiceAccount. */
export interface ServiceAccount extends KubeObject {
  secrets?: ObjectReference[];
  imagePullSecrets?: { name?: string }[];
  automountServiceAccountToken?: boolean;
}

/** The rules of core/v1 ServiceAccounts: none beyond those of every object. */
export const serviceAccountStrategy: Strategy<ServiceAccount> = {
  namespaced: true,
  allowUnconditionalUpdate: true,
  prepareForCreate: (account) => account,
  validateCreate: () => [],
  prepareForUpdate: (next) => next,
  validateUpdate: () => [],
};
