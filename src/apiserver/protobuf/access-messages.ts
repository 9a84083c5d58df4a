/**
 * Field numbers of generated.proto in k8s.io/api/rbac/v1, authorization/v1 and authentication/v1. What only the server
 * writes (most statuses) is left out.
 */
import { list, message, one, pointer } from './message.ts';
import { labelSelector, objectMeta } from './meta-messages.ts';

const metadata = one('metadata', objectMeta);

const policyRule = message({
  1: list('verbs'),
  2: list('apiGroups'),
  3: list('resources'),
  4: list('resourceNames'),
  5: list('nonResourceURLs'),
});

const subject = message({
  1: one('kind'),
  2: one('apiGroup'),
  3: one('name'),
  4: one('namespace'),
});
const roleRef = message({ 1: one('apiGroup'), 2: one('kind'), 3: one('name') });

export const role = message({ 1: metadata, 2: list('rules', policyRule) });

export const clusterRole = message({
  1: metadata,
  2: list('rules', policyRule),
  3: one('aggregationRule', message({ 1: list('clusterRoleSelectors', labelSelector) })),
});

/** RoleBinding and ClusterRoleBinding. */
export const roleBinding = message({
  1: metadata,
  2: list('subjects', subject),
  3: one('roleRef', roleRef),
});

const resourceAttributes = message({
  1: one('namespace'),
  2: one('verb'),
  3: one('group'),
  4: one('version'),
  5: one('resource'),
  6: one('subresource'),
  7: one('name'),
});
const nonResourceAttributes = message({ 1: one('path'), 2: one('verb') });

/** SubjectAccessReview and LocalSubjectAccessReview. */
export const subjectAccessReview = message({
  1: metadata,
  2: one(
    'spec',
    message({
      1: pointer('resourceAttributes', resourceAttributes),
      2: pointer('nonResourceAttributes', nonResourceAttributes),
      3: one('user'),
      4: list('groups'),
      6: one('uid'),
    }),
  ),
});

export const selfSubjectAccessReview = message({
  1: metadata,
  2: one(
    'spec',
    message({
      1: pointer('resourceAttributes', resourceAttributes),
      2: pointer('nonResourceAttributes', nonResourceAttributes),
    }),
  ),
});

export const selfSubjectRulesReview = message({
  1: metadata,
  2: one('spec', message({ 1: one('namespace') })),
});

export const selfSubjectReview = message({ 1: metadata });

export const tokenReview = message({
  1: metadata,
  2: one('spec', message({ 1: one('token'), 2: list('audiences') })),
});

export const tokenRequest = message({
  1: metadata,
  2: one(
    'spec',
    message({
      1: list('audiences'),
      3: pointer(
        'boundObjectRef',
        message({ 1: one('kind'), 2: one('apiVersion'), 3: one('name'), 4: one('uid') }),
      ),
      4: pointer('expirationSeconds', 'integer'),
    }),
  ),
});
