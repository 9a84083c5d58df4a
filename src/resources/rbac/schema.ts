import { rbacGroup } from '#src/meta/rbac/types.ts';
import { definition, listOf, mapOf, string } from '#src/meta/schema-builders.ts';
import type { Schema } from '#src/meta/schema.ts';

import { kindSchema } from '../schema/meta.ts';

const prefix = 'io.k8s.api.rbac.v1';

const policyRule: Schema = {
  ...definition(`${prefix}.PolicyRule`, 'Verbs on resources, or on paths that are none.', {
    verbs: listOf(string(), 'What may be done; * is everything.'),
    apiGroups: listOf(string(), 'Groups of the resources; "" is the core group, * is every one.'),
    resources: listOf(
      string(),
      'Resources, and subresources as in imagestreams/layers; * is everything.',
    ),
    resourceNames: listOf(string(), 'Names that the rule is about; none means all.'),
    nonResourceURLs: listOf(
      string(),
      'Paths, with a * at the end for any rest. Only in ClusterRoles that are bound in the cluster.',
    ),
  }),
  required: ['verbs'],
};

const rules = listOf(policyRule, 'What the role allows.');

const labelSelector: Schema = {
  ...definition(
    'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector',
    'Selects objects by their labels; all conditions must hold.',
    {
      matchLabels: mapOf(string(), 'Labels with their values.'),
      matchExpressions: listOf(
        {
          ...definition(
            'io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement',
            'A condition on one label.',
            {
              key: string('The label.'),
              operator: string('In, NotIn, Exists or DoesNotExist.'),
              values: listOf(string(), 'Values, for In and NotIn.'),
            },
          ),
          required: ['key', 'operator'],
        },
        'Conditions on labels.',
      ),
    },
  ),
  mapType: 'atomic',
};

const subject: Schema = {
  ...definition(`${prefix}.Subject`, 'Whom a role is given to.', {
    kind: string('User, Group or ServiceAccount.'),
    apiGroup: string(`${rbacGroup} for users and groups, empty for service accounts.`),
    name: string('Name of the user, group or service account.'),
    namespace: string('Namespace of the service account.'),
  }),
  mapType: 'atomic',
  required: ['kind', 'name'],
};

const roleRef: Schema = {
  ...definition(`${prefix}.RoleRef`, 'The role that is given.', {
    apiGroup: string(rbacGroup),
    kind: string('Role or ClusterRole.'),
    name: string('Name of the role.'),
  }),
  mapType: 'atomic',
  required: ['kind', 'name'],
};

const bindingFields = {
  subjects: listOf(subject, 'Whom the role is given to.'),
  roleRef: { ...roleRef, description: 'The role that is given. It cannot be changed.' },
};

export const roleSchema = kindSchema(`${prefix}.Role`, 'What may be done in a namespace.', {
  rules,
});

export const clusterRoleSchema = kindSchema(
  `${prefix}.ClusterRole`,
  'What may be done, in the cluster or in whichever namespace it is bound.',
  {
    rules,
    aggregationRule: definition(`${prefix}.AggregationRule`, 'Which roles make up this one.', {
      clusterRoleSelectors: listOf(
        labelSelector,
        'The rules of the ClusterRoles that one of these selects are the rules of this one.',
      ),
    }),
  },
);

export const roleBindingSchema: Schema = {
  ...kindSchema(`${prefix}.RoleBinding`, 'Gives a role in a namespace.', bindingFields),
  required: ['roleRef'],
};

export const clusterRoleBindingSchema: Schema = {
  ...kindSchema(`${prefix}.ClusterRoleBinding`, 'Gives a role in the cluster.', bindingFields),
  required: ['roleRef'],
};
