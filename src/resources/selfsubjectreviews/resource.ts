import type { Resource } from '#src/apiserver/resource.ts';
import type { KubeObject } from '#src/meta/object.ts';
import { definition, listOf, mapOf, string } from '#src/meta/schema-builders.ts';

import { kindSchema } from '../schema/meta.ts';

const group = 'authentication.k8s.io';
const prefix = 'io.k8s.api.authentication.v1';

/** authentication.k8s.io/v1 selfsubjectreviews: who the server takes the caller for (`kubectl auth whoami`). */
export function selfSubjectReviews(): Resource {
  return {
    group,
    version: 'v1',
    name: 'selfsubjectreviews',
    singular: 'selfsubjectreview',
    kind: 'SelfSubjectReview',
    namespaced: false,
    shortNames: [],
    categories: [],
    rest: {
      async create({ user }) {
        const review: KubeObject & { status: unknown } = {
          kind: 'SelfSubjectReview',
          apiVersion: `${group}/v1`,
          metadata: { creationTimestamp: null },
          status: { userInfo: user },
        };
        return review;
      },
    },
    subresources: [],
    columns: [],
    schema: kindSchema(`${prefix}.SelfSubjectReview`, 'Who the caller is.', {
      status: definition(`${prefix}.SelfSubjectReviewStatus`, 'The answer.', {
        userInfo: definition(`${prefix}.UserInfo`, 'A user.', {
          username: string('Name of the user.'),
          uid: string('Unique id of the user.'),
          groups: listOf(string(), 'Groups of the user.'),
          extra: mapOf(listOf(string()), 'More about the user.'),
        }),
      }),
    }),
  };
}
