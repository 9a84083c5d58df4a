import type { KubeObject } from '#src/meta/object.ts';
import type { ApiClient } from './client.ts';

interface SelfSubjectReview extends KubeObject {
  readonly status?: { readonly userInfo?: { readonly username?: string } };
}

/** The name that the server knows the bearer of these credentials by. */
export async function requestUserName(api: ApiClient): Promise<string> {
  const review = await api.request<SelfSubjectReview>({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
  });
  return review.status?.userInfo?.username ?? '';
}
