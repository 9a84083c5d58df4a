import type { UserInfo } from '#src/apiserver/resource.ts';
import type { SourceDenial } from '#src/domain/tag-events.ts';
import { streamKey } from '#src/domain/tag-events.ts';
import type { StreamSource } from '#src/domain/stream-write.ts';
import { imageGroup } from '#src/domain/types.ts';

import type { AccessReviewer } from './deps.ts';

/**
 * Which source streams a user may not take tags from, by `namespace/name`: whoever may get `imagestreams/layers` of a
 * stream may (authz.md 4). A review that fails counts as a denial.
 */
export async function sourceDenials(
  reviewer: AccessReviewer,
  user: UserInfo,
  sources: readonly StreamSource[],
): Promise<ReadonlyMap<string, SourceDenial>> {
  const answers = await Promise.all(
    sources.map(async ({ namespace, name }) => {
      const denial = await denialOf(reviewer, user, { namespace, name });
      return [streamKey(namespace, name), denial] as const;
    }),
  );
  return new Map(
    answers.filter((answer): answer is [string, SourceDenial] => answer[1] !== undefined),
  );
}

async function denialOf(
  reviewer: AccessReviewer,
  user: UserInfo,
  source: StreamSource,
): Promise<SourceDenial | undefined> {
  try {
    const answer = await reviewer.review(user, {
      verb: 'get',
      group: imageGroup,
      resource: 'imagestreams',
      subresource: 'layers',
      namespace: source.namespace,
      name: source.name,
    });
    return answer.allowed
      ? undefined
      : { reason: answer.reason ?? '', evaluationError: answer.evaluationError ?? '' };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { reason: '', evaluationError: '', error: text };
  }
}

/**
 * Whether the registry allow-list does not bind a user: one who may create images, or (asked in the singular, as
 * OpenShift does, so that only wildcard rules grant it) image stream mappings, in the whole cluster.
 */
export async function mayUseAnyRegistry(
  reviewer: AccessReviewer,
  user: UserInfo,
): Promise<boolean> {
  for (const resource of ['images', 'imagestreammapping']) {
    const question = { verb: 'create', group: imageGroup, resource, namespace: '' };
    if ((await reviewer.review(user, question)).allowed) return true;
  }
  return false;
}
