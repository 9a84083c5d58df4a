import type { Resource } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { PolicyRule } from '#src/meta/rbac/types.ts';
import { badRequest, StatusError } from '#src/meta/status.ts';

import { answered } from '../answered.ts';
import type { ResourceDeps } from '../deps.ts';
import { ownRules } from './own-rules.ts';
import { rulesReviewSchema } from './schema.ts';

interface RulesReview extends KubeObject {
  spec?: { namespace?: string };
  status?: {
    resourceRules: PolicyRule[];
    nonResourceRules: PolicyRule[];
    incomplete: boolean;
    evaluationError?: string;
  };
}

/** authorization.k8s.io/v1 selfsubjectrulesreviews: what the caller may do in a namespace and on paths. */
export function rulesReviews({ policy }: ResourceDeps): Resource<RulesReview> {
  return answered(
    {
      group: 'authorization.k8s.io',
      kind: 'SelfSubjectRulesReview',
      namespaced: false,
      schema: rulesReviewSchema,
    },
    async ({ user }, review) => {
      const namespace = review.spec?.namespace ?? '';
      if (namespace === '') throw new StatusError(badRequest('no namespace on request'));
      const { rules, errors } = ownRules(policy, user, namespace);
      const answer: RulesReview = {
        ...review,
        metadata: { ...review.metadata, creationTimestamp: null },
        status: {
          resourceRules: rules.filter(isResourceRule),
          nonResourceRules: rules.filter((rule) => !isResourceRule(rule)),
          incomplete: errors.length > 0,
          ...(errors.length > 0 ? { evaluationError: errors.join(', ') } : {}),
        },
      };
      return answer;
    },
  );
}

function isResourceRule({ nonResourceURLs = [] }: PolicyRule): boolean {
  return nonResourceURLs.length === 0;
}
