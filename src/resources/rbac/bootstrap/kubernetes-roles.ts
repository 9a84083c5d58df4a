/** The default ClusterRoles of Kubernetes, for what is served here. */
import { type ClusterRole, rbacGroup } from '#src/meta/rbac/types.ts';

import {
  aggregatedRole,
  allow,
  allowPaths,
  allVerbs,
  fixedRole,
  readVerbs,
  writeVerbs,
} from './rule.ts';

const authorization = 'authorization.k8s.io';
const authentication = 'authentication.k8s.io';

const healthPaths = ['/healthz', '/livez', '/readyz', '/version', '/version/'];

export const kubernetesRoles: readonly ClusterRole[] = [
  fixedRole('cluster-admin', [allow(['*'], '*', ['*']), allowPaths(['*'], ['*'])]),
  fixedRole('system:discovery', [
    allowPaths(
      ['get'],
      [...healthPaths, '/api', '/api/*', '/apis', '/apis/*', '/openapi', '/openapi/*'],
    ),
  ]),
  fixedRole('system:public-info-viewer', [allowPaths(['get'], healthPaths)]),
  fixedRole('system:basic-user', [
    allow(['create'], authorization, ['selfsubjectaccessreviews', 'selfsubjectrulesreviews']),
    allow(['create'], authentication, ['selfsubjectreviews']),
  ]),
  fixedRole('system:monitoring', [
    allowPaths(['get'], ['/healthz', '/healthz/*', '/livez', '/livez/*', '/metrics', '/readyz']),
    allowPaths(['get'], ['/readyz/*']),
  ]),
  fixedRole('system:auth-delegator', [
    allow(['create'], authentication, ['tokenreviews']),
    allow(['create'], authorization, ['subjectaccessreviews']),
  ]),
  fixedRole('system:service-account-issuer-discovery', [
    allowPaths(['get'], ['/.well-known/openid-configuration', '/openid/v1/jwks']),
  ]),
  aggregatedRole('admin', ['admin']),
  aggregatedRole('edit', ['edit'], ['admin']),
  aggregatedRole('view', ['view'], ['edit']),
  fixedRole(
    'system:aggregate-to-admin',
    [
      allow(['create'], authorization, ['localsubjectaccessreviews']),
      allow(allVerbs, rbacGroup, ['roles', 'rolebindings']),
    ],
    ['admin'],
  ),
  fixedRole(
    'system:aggregate-to-edit',
    [
      allow(readVerbs, '', ['secrets']),
      allow(['impersonate'], '', ['serviceaccounts']),
      allow(writeVerbs, '', ['configmaps', 'events', 'secrets', 'serviceaccounts']),
      allow(['create'], '', ['serviceaccounts/token']),
    ],
    ['edit'],
  ),
  fixedRole(
    'system:aggregate-to-view',
    [
      allow(readVerbs, '', ['configmaps', 'serviceaccounts']),
      allow(readVerbs, '', ['events', 'limitranges', 'namespaces/status', 'resourcequotas']),
      allow(readVerbs, '', ['resourcequotas/status', 'namespaces']),
    ],
    ['view'],
  ),
];
