import { requireAllowed } from '#src/apiserver/authorize/forbidden.ts';
import type { RequestContext, Resource, UserInfo } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Schema } from '#src/meta/schema.ts';

import { ownRules } from '../accessreviews/own-rules.ts';
import { answered } from '../answered.ts';
import type { ResourceDeps } from '../deps.ts';
import { type Action, attributesOf, reviewApiVersion, reviewGroup } from './action.ts';
import { resourceReviewSchema, selfRulesSchema, subjectReviewSchema } from './schema.ts';

/** Of whom a review asks; the caller when it says nobody. */
interface SubjectReview extends Action {
  user?: string;
  groups?: string[];
}

/** authorization.openshift.io/v1: the access reviews of `oc policy`, `oc login` and older clients. */
export function openshiftReviews(deps: ResourceDeps): Resource[] {
  return [
    review('SubjectAccessReview', false, subjectReviewSchema, (context, object) =>
      subjectAccess(deps, context, object),
    ),
    review('LocalSubjectAccessReview', true, subjectReviewSchema, (context, object) =>
      subjectAccess(deps, context, object),
    ),
    review('ResourceAccessReview', false, resourceReviewSchema, async (context, object) =>
      resourceAccess(deps, context, object),
    ),
    review('LocalResourceAccessReview', true, resourceReviewSchema, async (context, object) =>
      resourceAccess(deps, context, object),
    ),
    review(
      'SelfSubjectRulesReview',
      true,
      () => selfRulesSchema,
      async (context, object) => selfRules(deps, context, object),
    ),
  ];
}

async function subjectAccess(
  { authorizer }: ResourceDeps,
  context: RequestContext,
  object: SubjectReview,
): Promise<KubeObject> {
  const asked = attributesOf(object, context.user, context.namespace);
  const { user = '', groups = [] } = object;
  const isAboutOthers = user !== '' || groups.length > 0;
  // Anybody may ask about themselves; about others, as with the reviews of Kubernetes.
  if (isAboutOthers)
    await requireAllowed(authorizer, {
      ...asked,
      verb: 'create',
      resourceRequest: true,
      group: 'authorization.k8s.io',
      resource: context.namespace === '' ? 'subjectaccessreviews' : 'localsubjectaccessreviews',
      subresource: '',
      name: '',
      namespace: context.namespace,
    });
  const subject: UserInfo = isAboutOthers ? { username: user, groups } : context.user;
  const { decision, reason } = await authorizer.authorize({ ...asked, user: subject });
  return response('SubjectAccessReviewResponse', {
    namespace: asked.namespace,
    allowed: decision === 'allow',
    ...(reason === '' ? {} : { reason }),
  });
}

function resourceAccess(
  { policy }: ResourceDeps,
  { user, namespace }: RequestContext,
  object: Action,
): KubeObject {
  const asked = attributesOf(object, user, namespace);
  const { users, groups } = policy.holders(asked);
  return response('ResourceAccessReviewResponse', {
    namespace: asked.namespace,
    users,
    groups,
    // Misspelt like this by the API.
    evalutionError: '',
  });
}

function selfRules(
  { policy }: ResourceDeps,
  { user, namespace }: RequestContext,
  object: KubeObject,
): KubeObject {
  const { rules, errors } = ownRules(policy, user, namespace);
  const shown = rules.map((rule) => ({ attributeRestrictions: null, ...rule }));
  return {
    ...object,
    status: {
      rules: shown,
      ...(errors.length === 0 ? {} : { evaluationError: errors.join(', ') }),
    },
  } as KubeObject;
}

function response(kind: string, fields: object): KubeObject {
  return { kind, apiVersion: reviewApiVersion, metadata: {}, ...fields };
}

function review(
  kind: string,
  namespaced: boolean,
  schema: (kind: string) => Schema,
  create: (context: RequestContext, object: KubeObject) => Promise<KubeObject>,
): Resource {
  return answered({ group: reviewGroup, kind, namespaced, schema: schema(kind) }, create);
}
