import { boolean, definition, listOf, mapOf, string } from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

import { kindSchema } from '../schema/meta.ts';

const prefix = 'io.k8s.api.authorization.v1';

const resourceAttributes = definition(
  `${prefix}.ResourceAttributes`,
  'What is asked of a resource.',
  {
    namespace: string('Namespace; empty for the whole cluster.'),
    verb: string('Verb, such as get.'),
    group: string('API group.'),
    version: string('API version.'),
    resource: string('Resource, in the plural.'),
    subresource: string('Subresource.'),
    name: string('Name of the object; empty for all.'),
    fieldSelector: { type: 'object', preserveUnknown: true, description: 'Not looked at.' },
    labelSelector: { type: 'object', preserveUnknown: true, description: 'Not looked at.' },
  },
);

const nonResourceAttributes = definition(
  `${prefix}.NonResourceAttributes`,
  'What is asked of a path.',
  { path: string('The path.'), verb: string('HTTP method in lower case.') },
);

const status = definition(`${prefix}.SubjectAccessReviewStatus`, 'The answer.', {
  allowed: boolean('It is allowed.'),
  denied: boolean('It is forbidden whatever else allows it.'),
  reason: string('Why.'),
  evaluationError: string('What went wrong.'),
});

/** The reviews ask the same; only those of others name a user. */
export function reviewSchema(kind: string, ofOthers: boolean): Schema {
  return kindSchema(`${prefix}.${kind}`, 'Asks whether somebody may do something.', {
    spec: definition(`${prefix}.${kind}Spec`, 'The question.', {
      resourceAttributes,
      nonResourceAttributes,
      ...(ofOthers
        ? {
            user: string('Name of the user.'),
            uid: string('Unique id of the user.'),
            groups: listOf(string(), 'Groups of the user.'),
            extra: mapOf(listOf(string()), 'More about the user.'),
          }
        : {}),
    }),
    status,
  });
}

const resourceRule = definition(`${prefix}.ResourceRule`, 'What is allowed on resources.', {
  verbs: listOf(string(), 'Verbs.'),
  apiGroups: listOf(string(), 'API groups.'),
  resources: listOf(string(), 'Resources.'),
  resourceNames: listOf(string(), 'Names; none means all.'),
});

export const rulesReviewSchema: Schema = kindSchema(
  `${prefix}.SelfSubjectRulesReview`,
  'Asks what the caller may do in a namespace.',
  {
    spec: definition(`${prefix}.SelfSubjectRulesReviewSpec`, 'The question.', {
      namespace: string('The namespace.'),
    }),
    status: definition(`${prefix}.SubjectRulesReviewStatus`, 'The answer.', {
      resourceRules: listOf(resourceRule, 'What is allowed on resources.'),
      nonResourceRules: listOf(
        definition(`${prefix}.NonResourceRule`, 'What is allowed on paths.', {
          verbs: listOf(string(), 'HTTP methods in lower case.'),
          nonResourceURLs: listOf(string(), 'Paths.'),
        }),
        'What is allowed on paths.',
      ),
      incomplete: boolean('There may be more.'),
      evaluationError: string('Why there may be more.'),
    }),
  },
);
