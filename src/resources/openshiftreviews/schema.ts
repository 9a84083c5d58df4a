import { boolean, definition, listOf, string } from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

import { kindSchema } from '../schema/meta.ts';

const prefix = 'com.github.openshift.api.authorization.v1';

const action: Readonly<Record<string, Schema>> = {
  namespace: string('Namespace; empty for the whole cluster.'),
  verb: string('Verb, such as get.'),
  resourceAPIGroup: string('API group.'),
  resourceAPIVersion: string('API version.'),
  resource: string('Resource, in the plural, with its subresource behind a slash.'),
  resourceName: string('Name of the object; empty for all.'),
  path: string('A path that is no resource.'),
  isNonResourceURL: boolean('The path is asked about.'),
  content: { type: 'object', preserveUnknown: true, description: 'Not looked at.' },
};

/** A review of what somebody may do; of the caller when it names nobody. */
export function subjectReviewSchema(kind: string): Schema {
  return kindSchema(`${prefix}.${kind}`, 'Asks whether somebody may do something.', {
    ...action,
    user: string('Name of the user; the caller when neither user nor groups are named.'),
    groups: listOf(string(), 'Groups of the user.'),
    scopes: listOf(string(), 'Not looked at.'),
  });
}

/** A review of who may do something. */
export function resourceReviewSchema(kind: string): Schema {
  return kindSchema(`${prefix}.${kind}`, 'Asks who may do something.', action);
}

const policyRule = definition(`${prefix}.PolicyRule`, 'What is allowed.', {
  verbs: listOf(string(), 'Verbs.'),
  attributeRestrictions: { type: 'object', preserveUnknown: true, description: 'Not used.' },
  apiGroups: listOf(string(), 'API groups.'),
  resources: listOf(string(), 'Resources.'),
  resourceNames: listOf(string(), 'Names; none means all.'),
  nonResourceURLs: listOf(string(), 'Paths.'),
});

export const selfRulesSchema: Schema = kindSchema(
  `${prefix}.SelfSubjectRulesReview`,
  'Asks what the caller may do in a namespace.',
  {
    spec: definition(`${prefix}.SelfSubjectRulesReviewSpec`, 'The question.', {
      scopes: listOf(string(), 'Not looked at.'),
    }),
    status: definition(`${prefix}.SubjectRulesReviewStatus`, 'The answer.', {
      rules: listOf(policyRule, 'What is allowed.'),
      evaluationError: string('What went wrong.'),
    }),
  },
);
