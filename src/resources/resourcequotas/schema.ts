import { definition, listOf, string, stringMap } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

export const resourceQuotaSchema = kindSchema(
  'io.k8s.api.core.v1.ResourceQuota',
  'How much a namespace may hold in all.',
  {
    spec: definition('io.k8s.api.core.v1.ResourceQuotaSpec', 'The limits.', {
      hard: stringMap('Most of each resource, such as openshift.io/imagestreams.'),
      scopes: listOf(string(), 'What is counted.'),
      scopeSelector: { type: 'object', preserveUnknown: true, description: 'What is counted.' },
    }),
    status: definition('io.k8s.api.core.v1.ResourceQuotaStatus', 'What is used.', {
      hard: stringMap('The limits in force.'),
      used: stringMap('What is used of them.'),
    }),
  },
);
