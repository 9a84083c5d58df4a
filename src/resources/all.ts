import type { Resource } from '#src/apiserver/resource.ts';

import { configMaps } from './configmaps/resource.ts';
import type { ResourceDeps } from './deps.ts';
import { events } from './events/resource.ts';
import { images, imageStorage } from './images/resource.ts';
import { imageSignatures } from './imagesignatures/resource.ts';
import { imageStreamImages } from './imagestreamimages/resource.ts';
import { imageStreamImports } from './imagestreamimports/resource.ts';
import { imageStreamMappings } from './imagestreammappings/resource.ts';
import { imageStreams } from './imagestreams/resource.ts';
import { streamStorage } from './imagestreams/storage.ts';
import { imageStreamTags } from './imagestreamtags/resource.ts';
import { imageTags } from './imagetags/resource.ts';
import { limitRanges } from './limitranges/resource.ts';
import { namespaces } from './namespaces/resource.ts';
import { resourceQuotas } from './resourcequotas/resource.ts';
import { secrets } from './secrets/resource.ts';
import { serviceAccounts } from './serviceaccounts/resource.ts';

/** Every resource that the API server serves, one line each. */
export function allResources(deps: ResourceDeps): Resource[] {
  const streams = streamStorage(deps);
  const imageRest = imageStorage(deps);
  return [
    configMaps(deps),
    events(deps),
    limitRanges(deps),
    namespaces(deps),
    resourceQuotas(deps),
    secrets(deps),
    serviceAccounts(deps),
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
