import type { RequestContext, Resource } from '#src/apiserver/resource.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import { answered } from '../answered.ts';
import type { ResourceDeps } from '../deps.ts';
import { reviewed, subjectOf, type AccessReview } from './review.ts';
import { reviewSchema } from './schema.ts';

/** authorization.k8s.io/v1 selfsubjectaccessreviews, subjectaccessreviews and localsubjectaccessreviews. */
export function accessReviews({ authorizer }: ResourceDeps): Resource<AccessReview>[] {
  return [
    reviewResource('SelfSubjectAccessReview', false, (context, review) =>
      reviewed(authorizer, review, context.user),
    ),
    reviewResource('SubjectAccessReview', false, (_context, review) =>
      reviewed(authorizer, review, subjectOf(review.spec ?? {})),
    ),
    reviewResource('LocalSubjectAccessReview', true, (context, review) => {
      const { namespace = context.namespace } = review.spec?.resourceAttributes ?? {};
      if (namespace !== context.namespace)
        throw new StatusError(
          badRequest('spec.resourceAttributes.namespace must match the namespace of the request'),
        );
      return reviewed(authorizer, review, subjectOf(review.spec ?? {}));
    }),
  ];
}

function reviewResource(
  kind: string,
  namespaced: boolean,
  create: (context: RequestContext, review: AccessReview) => Promise<AccessReview>,
): Resource<AccessReview> {
  const schema = reviewSchema(kind, !kind.startsWith('Self'));
  return answered(
    { group: 'authorization.k8s.io', kind, namespaced, schema },
    async (context, review) => create(context, review),
  );
}
