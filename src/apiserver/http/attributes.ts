import { parseFieldSelector, requiredField } from '#src/meta/field-selector.ts';
import { SelectorError } from '#src/meta/label-selector.ts';

import type { Attributes } from '../authorize/authorizer.ts';
import type { Catalog } from '../catalog.ts';
import type { UserInfo } from '../resource.ts';
import type { ApiRequest } from './messages.ts';
import type { ResourceRequestInfo } from './request-info.ts';

/** What a request is to the authorizer; `info` is absent for a path that is no resource. */
export function attributesOf(
  catalog: Catalog,
  { method, path, query }: Pick<ApiRequest, 'method' | 'path' | 'query'>,
  user: UserInfo,
  info: ResourceRequestInfo | undefined,
): Attributes {
  const verb = info?.verb ?? method.toLowerCase();
  if (info === undefined) return { user, verb, resourceRequest: false, ...noResource, path };
  const { group, resource, subresource } = info;
  const isNamespace = catalog.find(info, resource, '')?.resource.isNamespace === true;
  return {
    user,
    verb,
    resourceRequest: true,
    group,
    resource,
    subresource,
    name: nameOf(info, query),
    namespace: isNamespace ? info.name : info.namespace,
    path,
  };
}

const noResource = { group: '', resource: '', subresource: '', name: '', namespace: '' };

/** A list or watch of what has one name is about that name, as with Kubernetes. */
function nameOf({ name, verb }: ResourceRequestInfo, query: URLSearchParams): string {
  if (name !== '' || (verb !== 'list' && verb !== 'watch')) return name;
  try {
    return (
      requiredField(parseFieldSelector(query.get('fieldSelector') ?? ''), 'metadata.name') ?? ''
    );
  } catch (error) {
    // The verb refuses a selector that cannot be read.
    if (error instanceof SelectorError) return '';
    throw error;
  }
}
