import type { Resource } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { definition } from '#src/meta/schema-builders.ts';

import { answered } from '../answered.ts';
import { kindSchema } from '../schema/meta.ts';
import { userInfo } from '../schema/user-info.ts';

const group = 'authentication.k8s.io';
const prefix = 'io.k8s.api.authentication.v1';

const schema = kindSchema(`${prefix}.SelfSubjectReview`, 'Who the caller is.', {
  status: definition(`${prefix}.SelfSubjectReviewStatus`, 'The answer.', {
    userInfo,
  }),
});

/** authentication.k8s.io/v1 selfsubjectreviews: who the server takes the caller for (`kubectl auth whoami`). */
export function selfSubjectReviews(): Resource {
  return answered(
    { group, kind: 'SelfSubjectReview', namespaced: false, schema },
    async ({ user }) => {
      const review: KubeObject & { status: unknown } = {
        kind: 'SelfSubjectReview',
        apiVersion: `${group}/v1`,
        metadata: { creationTimestamp: null },
        status: { userInfo: user },
      };
      return review;
    },
  );
}
