import { definition, listOf, string, stringMap } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

export const limitRangeSchema = kindSchema(
  'io.k8s.api.core.v1.LimitRange',
  'How much one object of a namespace may hold.',
  {
    spec: definition('io.k8s.api.core.v1.LimitRangeSpec', 'The limits.', {
      limits: listOf(
        definition('io.k8s.api.core.v1.LimitRangeItem', 'The limits of one type of object.', {
          type: string('openshift.io/ImageStream or openshift.io/Image.'),
          max: stringMap('Most of each resource.'),
          min: stringMap('Least of each resource.'),
          default: stringMap('Limits where none are given.'),
          defaultRequest: stringMap('Requests where none are given.'),
          maxLimitRequestRatio: stringMap('Most that a limit may be of a request.'),
        }),
        'One entry a type.',
      ),
    }),
  },
);
