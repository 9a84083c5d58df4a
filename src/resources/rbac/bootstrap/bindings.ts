/** Who has which role from the start. */
import { type Binding, rbacGroup, type Role, type Subject } from '#src/meta/rbac/types.ts';
import { imageGroup } from '#src/domain/types.ts';

import { allow, readVerbs } from './rule.ts';

/** The namespace whose streams everybody may use. */
export const sharedNamespace = 'openshift';

const authenticated = 'system:authenticated';
const unauthenticated = 'system:unauthenticated';

export const clusterRoleBindings: readonly Binding[] = [
  given('cluster-admin', 'cluster-admin', ['system:masters']),
  given('cluster-admins', 'cluster-admin', ['system:cluster-admins'], ['system:admin']),
  given('cluster-readers', 'cluster-reader', ['system:cluster-readers']),
  given('system:discovery', 'system:discovery', [authenticated]),
  given('system:basic-user', 'system:basic-user', [authenticated]),
  given('system:public-info-viewer', 'system:public-info-viewer', [authenticated, unauthenticated]),
  given('system:monitoring', 'system:monitoring', ['system:monitoring']),
  given('system:service-account-issuer-discovery', 'system:service-account-issuer-discovery', [
    'system:serviceaccounts',
  ]),
  given('basic-users', 'basic-user', [authenticated]),
  given('self-provisioners', 'self-provisioner', ['system:authenticated:oauth']),
  // The name of a token is a hash of it: only who has the token knows the name.
  given('system:oauth-token-deleters', 'system:oauth-token-deleter', [authenticated]),
  given('system:openshift:discovery', 'system:openshift:discovery', [authenticated]),
  given('system:openshift:public-info-viewer', 'system:openshift:public-info-viewer', [
    authenticated,
    unauthenticated,
  ]),
];

/** Of the shared namespace. */
export const sharedRole: Role = {
  metadata: { name: 'shared-resource-viewer', namespace: sharedNamespace },
  rules: [
    allow(readVerbs, 'template.openshift.io', ['templates']),
    allow(readVerbs, imageGroup, [
      'imagestreamimages',
      'imagestreams',
      'imagestreamtags',
      'imagetags',
    ]),
    allow(['get'], imageGroup, ['imagestreams/layers']),
    allow(['get'], '', ['configmaps']),
  ],
};

/** Gives the role of the shared namespace to every user. */
export const sharedRoleBinding: Binding = {
  metadata: { name: 'shared-resource-viewers', namespace: sharedNamespace },
  roleRef: { apiGroup: rbacGroup, kind: 'Role', name: 'shared-resource-viewer' },
  subjects: [subject('Group', authenticated)],
};

function given(
  name: string,
  role: string,
  groups: readonly string[],
  users: readonly string[] = [],
): Binding {
  return {
    metadata: { name },
    roleRef: { apiGroup: rbacGroup, kind: 'ClusterRole', name: role },
    subjects: [
      ...groups.map((group) => subject('Group', group)),
      ...users.map((user) => subject('User', user)),
    ],
  };
}

function subject(kind: 'Group' | 'User', name: string): Subject {
  return { kind, apiGroup: rbacGroup, name };
}
