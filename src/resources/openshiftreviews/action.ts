import type { Attributes } from '#src/apiserver/authorize/authorizer.ts';
import type { UserInfo } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

export const reviewGroup = 'authorization.openshift.io';
export const reviewApiVersion = `${reviewGroup}/v1`;

/** authorization.openshift.io/v1 Action: what is asked about, inside the reviews. */
export interface Action extends KubeObject {
  namespace?: string;
  verb?: string;
  resourceAPIGroup?: string;
  /** `imagestreams`, or with its subresource `imagestreams/layers`. */
  resource?: string;
  resourceName?: string;
  path?: string;
  isNonResourceURL?: boolean;
}

/**
 * What an action asks, of a user.
 * @param place the namespace of the path, empty for the reviews of the cluster
 * @throws {StatusError} 400 when it names another namespace than the path
 */
export function attributesOf(action: Action, user: UserInfo, place: string): Attributes {
  const { verb = '', resourceAPIGroup: group = '', resourceName: name = '', path = '' } = action;
  const [resource = '', subresource = ''] = (action.resource ?? '').split(/\/(.*)/s);
  const isPath = action.isNonResourceURL === true;
  return {
    user,
    verb,
    resourceRequest: !isPath,
    group,
    resource,
    subresource,
    name,
    namespace: namespaceOf(action, place),
    path,
  };
}

function namespaceOf({ namespace = '' }: Action, place: string): string {
  if (place !== '' && namespace !== '' && namespace !== place)
    throw new StatusError(
      badRequest(`namespace ${namespace} does not match the namespace of the request: ${place}`),
    );
  return place === '' ? namespace : place;
}
