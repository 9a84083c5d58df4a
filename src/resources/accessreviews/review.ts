import type { Attributes, Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import type { UserInfo } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

/** authorization.k8s.io/v1 ResourceAttributes, and those of paths. */
export interface ReviewSpec {
  resourceAttributes?: {
    namespace?: string;
    verb?: string;
    group?: string;
    version?: string;
    resource?: string;
    subresource?: string;
    name?: string;
  };
  nonResourceAttributes?: { path?: string; verb?: string };
  /** Of whom is asked; the caller in a self review. */
  user?: string;
  uid?: string;
  groups?: string[];
  extra?: Record<string, string[]>;
}

/** Any of the access reviews. */
export interface AccessReview extends KubeObject {
  spec: ReviewSpec;
  status?: { allowed: boolean; denied?: boolean; reason?: string };
}

/**
 * The review with its answer.
 * @throws {StatusError} 400 when it asks about nothing, or about two things
 */
export async function reviewed(
  authorizer: Authorizer,
  review: AccessReview,
  user: UserInfo,
): Promise<AccessReview> {
  const { decision, reason } = await authorizer.authorize(attributesOf(review.spec ?? {}, user));
  return {
    ...review,
    metadata: { ...review.metadata, creationTimestamp: null },
    status: {
      allowed: decision === 'allow',
      ...(decision === 'deny' ? { denied: true } : {}),
      ...(reason === '' ? {} : { reason }),
    },
  };
}

/** Of whom a review that names a user is about. */
export function subjectOf({ user = '', uid, groups = [], extra }: ReviewSpec): UserInfo {
  if (user === '' && groups.length === 0)
    throw new StatusError(badRequest('spec.user or spec.groups must be set'));
  return {
    username: user,
    groups,
    ...(uid === undefined ? {} : { uid }),
    ...(extra === undefined ? {} : { extra }),
  };
}

function attributesOf(spec: ReviewSpec, user: UserInfo): Attributes {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if ((resource === undefined) === (path === undefined))
    throw new StatusError(
      badRequest('exactly one of nonResourceAttributes or resourceAttributes must be specified'),
    );
  return {
    user,
    verb: resource?.verb ?? path?.verb ?? '',
    resourceRequest: resource !== undefined,
    ...textsOf(resource ?? {}),
    path: path?.path ?? '',
  };
}

function textsOf({
  group = '',
  resource = '',
  subresource = '',
  name = '',
  namespace = '',
}: NonNullable<ReviewSpec['resourceAttributes']>): Pick<
  Attributes,
  'group' | 'resource' | 'subresource' | 'name' | 'namespace'
> {
  return { group, resource, subresource, name, namespace };
}
