/** The ClusterRoles of OpenShift for image streams and the registry. */
import { imageGroup } from '#src/domain/types.ts';
import { type ClusterRole, rbacGroup } from '#src/meta/rbac/types.ts';

import { allow, allVerbs, fixedRole, readVerbs } from './rule.ts';

const buildGroup = 'build.openshift.io';
const projectGroup = 'project.openshift.io';
const authorization = 'authorization.k8s.io';
const openshiftAuthorization = 'authorization.openshift.io';

/** The five resources through which a project sees its images. */
const streamResources = [
  'imagestreamimages',
  'imagestreammappings',
  'imagestreams',
  'imagestreamtags',
  'imagetags',
];
const layers = ['imagestreams/layers'];
const reviews = ['localresourceaccessreviews', 'localsubjectaccessreviews', 'subjectrulesreviews'];

/** What a project's editors do with images, and its administrators. */
const editImages = [
  allow(allVerbs, imageGroup, [...streamResources, 'imagestreams/secrets']),
  allow(readVerbs, imageGroup, ['imagestreams/history', 'imagestreams/status']),
  allow(['get', 'update'], imageGroup, layers),
  allow(['create'], imageGroup, ['imagestreamimports']),
];

/** What whoever administers the registry part of a project does. */
const editRegistry = [
  allow(allVerbs, '', ['secrets', 'serviceaccounts']),
  allow(allVerbs, imageGroup, [...streamResources, 'imagestreams/secrets']),
  allow(['create'], imageGroup, ['imagestreamimports']),
  allow(['get', 'update'], imageGroup, layers),
  allow(['get'], '', ['namespaces']),
];

export const imageRoles: readonly ClusterRole[] = [
  fixedRole(
    'system:openshift:aggregate-to-admin',
    [
      ...editImages,
      allow(['create'], openshiftAuthorization, reviews),
      allow(['delete', 'get', 'patch', 'update'], projectGroup, ['projects']),
    ],
    ['admin'],
  ),
  fixedRole(
    'system:openshift:aggregate-to-edit',
    [...editImages, allow(['get'], projectGroup, ['projects'])],
    ['edit'],
  ),
  fixedRole(
    'system:openshift:aggregate-to-view',
    [
      allow(readVerbs, imageGroup, streamResources),
      allow(readVerbs, imageGroup, ['imagestreams/history', 'imagestreams/status']),
      allow(['get'], projectGroup, ['projects']),
    ],
    ['view'],
  ),
  fixedRole(
    'registry-admin',
    [
      ...editRegistry,
      allow(allVerbs, rbacGroup, ['roles', 'rolebindings']),
      allow(['create'], authorization, ['localsubjectaccessreviews']),
      allow(['create'], openshiftAuthorization, reviews),
      allow(['delete', 'get'], projectGroup, ['projects']),
    ],
    ['admin'],
  ),
  fixedRole(
    'registry-editor',
    [...editRegistry, allow(['get'], projectGroup, ['projects'])],
    ['edit'],
  ),
  fixedRole(
    'registry-viewer',
    [
      allow(readVerbs, imageGroup, streamResources),
      allow(['get'], imageGroup, layers),
      allow(['get'], '', ['namespaces']),
      allow(['get'], projectGroup, ['projects']),
    ],
    ['view'],
  ),
  fixedRole('system:image-puller', [allow(['get'], imageGroup, layers)]),
  fixedRole('system:image-pusher', [allow(['get', 'update'], imageGroup, layers)]),
  fixedRole(
    'system:image-builder',
    [
      allow(['get', 'update'], imageGroup, layers),
      allow(['create'], imageGroup, ['imagestreams']),
      allow(['update'], buildGroup, ['builds/details']),
      allow(['get'], buildGroup, ['builds']),
    ],
    ['admin', 'edit'],
  ),
  fixedRole('system:image-signer', [
    allow(['get'], imageGroup, ['images', 'imagestreams/layers']),
    allow(['create', 'delete'], imageGroup, ['imagesignatures']),
  ]),
  fixedRole('system:image-auditor', [
    allow(['get', 'list', 'patch', 'update', 'watch'], imageGroup, ['images']),
  ]),
  fixedRole('system:image-pruner', [
    allow(['get', 'list'], '', ['limitranges', 'namespaces', 'pods', 'replicationcontrollers']),
    allow(['get', 'list'], buildGroup, ['buildconfigs', 'builds']),
    allow(['get', 'list'], 'apps.openshift.io', ['deploymentconfigs']),
    allow(['get', 'list'], 'apps', ['daemonsets', 'deployments', 'replicasets', 'statefulsets']),
    allow(['get', 'list'], 'batch', ['cronjobs', 'jobs']),
    allow(['get', 'list'], imageGroup, ['images', 'imagestreams']),
    allow(['delete'], imageGroup, ['images']),
    allow(['update'], imageGroup, ['imagestreams/status']),
  ]),
  fixedRole('system:registry', [
    allow(readVerbs, imageGroup, [
      'images',
      'imagestreamimages',
      'imagestreams',
      'imagestreamtags',
    ]),
    allow(['get'], imageGroup, ['imagestreams/layers', 'imagestreams/secrets']),
    allow(['create'], imageGroup, ['images', 'imagesignatures', 'imagestreammappings']),
    allow(['list'], '', ['limitranges']),
    allow(['create'], authorization, ['subjectaccessreviews']),
  ]),
];
