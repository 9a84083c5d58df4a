import { boolean, keyedList, listOf } from '#src/meta/schema-builders.ts';

import { localObjectReference, objectReference } from '../schema/core.ts';
import { kindSchema } from '../schema/meta.ts';

export const serviceAccountSchema = kindSchema(
  'io.k8s.api.core.v1.ServiceAccount',
  'An identity for programs.',
  {
    secrets: keyedList(objectReference, 'name', 'Secrets that the account may use.'),
    imagePullSecrets: {
      ...listOf(localObjectReference, 'Pull secrets for the pods of the account.'),
      patchStrategy: 'merge',
      patchMergeKey: 'name',
    },
    automountServiceAccountToken: boolean('Pods are given a token of the account.'),
  },
);
