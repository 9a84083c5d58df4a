import type { Authorizer } from '#src/apiserver/authorize/authorizer.ts';
import type { Resource, UserInfo } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';

import type { ResourceDeps } from '../deps.ts';
import { rulesReviewSchema } from './schema.ts';

interface RulesReview extends KubeObject {
  spec?: { namespace?: string };
  status?: unknown;
}

/**
 * authorization.k8s.io/v1 selfsubjectrulesreviews: what the caller may do in a namespace. The rules of the authorizer
 * cannot be listed, only asked, so the answer says so unless the caller may do everything.
 */
export function rulesReviews({ authorizer }: ResourceDeps): Resource<RulesReview> {
  return {
    group: 'authorization.k8s.io',
    version: 'v1',
    name: 'selfsubjectrulesreviews',
    singular: 'selfsubjectrulesreview',
    kind: 'SelfSubjectRulesReview',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: {
      async create({ user }, review) {
        const all = await mayEverything(authorizer, user, review.spec?.namespace ?? '');
        return {
          ...review,
          metadata: { ...review.metadata, creationTimestamp: null },
          status: {
            resourceRules: all ? [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }] : [],
            nonResourceRules: all ? [{ verbs: ['*'], nonResourceURLs: ['*'] }] : [],
            incomplete: !all,
            ...(all ? {} : { evaluationError: 'the rules of this authorizer cannot be listed' }),
          },
        };
      },
    },
    subresources: [],
    columns: [],
    schema: rulesReviewSchema,
  };
}

async function mayEverything(
  authorizer: Authorizer,
  user: UserInfo,
  namespace: string,
): Promise<boolean> {
  const { decision } = await authorizer.authorize({
    user,
    verb: '*',
    resourceRequest: true,
    group: '*',
    resource: '*',
    subresource: '',
    name: '',
    namespace,
    path: '',
  });
  return decision === 'allow';
}
