import type { Resource } from '#src/apiserver/resource.ts';

import { accessReviews } from './accessreviews/resource.ts';
import { rulesReviews } from './accessreviews/rules.ts';
import { configMaps } from './configmaps/resource.ts';
import { customResourceDefinitions } from './customresourcedefinitions/resource.ts';
import type { ResourceDeps } from './deps.ts';
import { events } from './events/resource.ts';
import { groups } from './groups/resource.ts';
import { images, imageStorage } from './images/resource.ts';
import { imageSignatures } from './imagesignatures/resource.ts';
import { imageStreamImages } from './imagestreamimages/resource.ts';
import { imageStreamImports } from './imagestreamimports/resource.ts';
import { imageStreamMappings } from './imagestreammappings/resource.ts';
import { imageStreams } from './imagestreams/resource.ts';
import { streamStorage } from './imagestreams/storage.ts';
import { imageStreamTags } from './imagestreamtags/resource.ts';
import { imageTags } from './imagetags/resource.ts';
import { keyRotations } from './keyrotations/resource.ts';
import { limitRanges } from './limitranges/resource.ts';
import { namespaces, namespaceStorage } from './namespaces/resource.ts';
import { accessTokenResources } from './oauthaccesstokens/resource.ts';
import { openshiftReviews } from './openshiftreviews/resources.ts';
import { projectRequests } from './projectrequests/resource.ts';
import { projects } from './projects/resource.ts';
import { rbacResources } from './rbac/resources.ts';
import { registries } from './registries/resource.ts';
import { resourceQuotas } from './resourcequotas/resource.ts';
import { secrets } from './secrets/resource.ts';
import { selfSubjectReviews } from './selfsubjectreviews/resource.ts';
import { serviceAccounts } from './serviceaccounts/resource.ts';
import { tokenReviews } from './tokenreviews/resource.ts';
import { users } from './users/resource.ts';

/** Every resource that the API server serves, one line each. */
export function allResources(deps: ResourceDeps): Resource[] {
  const streams = streamStorage(deps);
  const imageRest = imageStorage(deps);
  const namespaceRest = namespaceStorage(deps);
  return [
    configMaps(deps),
    customResourceDefinitions(deps.objects),
    events(deps),
    limitRanges(deps),
    namespaces(deps, namespaceRest),
    registries(deps),
    resourceQuotas(deps),
    secrets(deps),
    serviceAccounts(deps),
    selfSubjectReviews(),
    ...(deps.keyRotation === undefined ? [] : [keyRotations(deps.keyRotation)]),
    ...(deps.tokenReviews === undefined ? [] : [tokenReviews(deps.tokenReviews)]),
    ...accessReviews(deps),
    ...openshiftReviews(deps),
    ...rbacResources(deps),
    rulesReviews(deps),
    projects(deps, namespaceRest),
    projectRequests(deps, namespaceRest),
    users(deps),
    groups(deps),
    ...accessTokenResources(deps),
    images(imageRest),
    imageSignatures(deps.clock, imageRest),
    imageStreamImages(deps, streams),
    imageStreamImports(deps),
    imageStreamMappings({ deps, streams, images: imageRest }),
    imageStreams(deps, streams),
    imageStreamTags(deps, streams),
    imageTags(deps, streams),
  ];
}
