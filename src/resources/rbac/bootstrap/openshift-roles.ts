/** The ClusterRoles of OpenShift for users, projects and whoever looks after the cluster. */
import { imageGroup } from '#src/domain/types.ts';
import { type ClusterRole, rbacGroup } from '#src/meta/rbac/types.ts';

import { aggregatedRole, allow, allowPaths, fixedRole, readVerbs } from './rule.ts';

const projectGroup = 'project.openshift.io';
const oauthGroup = 'oauth.openshift.io';
const userGroup = 'user.openshift.io';
const authorization = 'authorization.k8s.io';
const openshiftAuthorization = 'authorization.openshift.io';

export const openshiftRoles: readonly ClusterRole[] = [
  fixedRole('basic-user', [
    allow(['get'], userGroup, ['users'], ['~']),
    allow(['list'], projectGroup, ['projectrequests']),
    allow(['list', 'watch'], projectGroup, ['projects']),
    allow(readVerbs, rbacGroup, ['clusterroles']),
    allow(['create'], authorization, ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']),
    allow([...readVerbs, 'delete'], oauthGroup, ['useroauthaccesstokens']),
    // Whoever asks about somebody else needs more: the resources see to it.
    allow(['create'], openshiftAuthorization, [
      'localsubjectaccessreviews',
      'selfsubjectrulesreviews',
      'subjectaccessreviews',
    ]),
  ]),
  fixedRole('system:oauth-token-deleter', [allow(['delete'], oauthGroup, ['oauthaccesstokens'])]),
  fixedRole('self-provisioner', [allow(['create'], projectGroup, ['projectrequests'])]),
  fixedRole('system:openshift:discovery', [
    allowPaths(['get'], ['/', '/oapi', '/oapi/*', '/.well-known', '/.well-known/*']),
  ]),
  fixedRole('system:openshift:public-info-viewer', [
    allowPaths(['get'], ['/.well-known', '/.well-known/*']),
  ]),
  aggregatedRole('cluster-reader', ['cluster-reader', 'view']),
  fixedRole(
    'system:openshift:aggregate-to-cluster-reader',
    [
      allow(readVerbs, imageGroup, ['images', 'imagesignatures']),
      allow(['get'], imageGroup, ['imagestreams/layers']),
      allow(readVerbs, '', ['namespaces']),
      allow(readVerbs, 'sluice.dev', ['registries']),
      allow(readVerbs, projectGroup, ['projectrequests', 'projects']),
      allow(readVerbs, rbacGroup, ['clusterrolebindings', 'clusterroles', 'rolebindings', 'roles']),
      allow(readVerbs, userGroup, ['groups', 'identities', 'users']),
      allow(['create'], authorization, ['localsubjectaccessreviews', 'subjectaccessreviews']),
      allow(['create'], openshiftAuthorization, [
        'localresourceaccessreviews',
        'localsubjectaccessreviews',
        'resourceaccessreviews',
        'subjectaccessreviews',
      ]),
      allowPaths(['get'], ['*']),
    ],
    ['cluster-reader'],
  ),
];
