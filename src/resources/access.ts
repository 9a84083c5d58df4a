import type { UserInfo } from '#src/apiserver/resource.ts';
import type { SourceDenial } from '#src/domain/tag-events.ts';
import { streamKey } from '#src/domain/tag-events.ts';
import type { StreamSource } from '#src/domain/stream-write.ts';
import { imageGroup } from '#src/domain/types.ts';

import type { Attributes, Authorizer } from '#src/apiserver/authorize/authorizer.ts';

/**
 * Which source streams a user may not take tags from, by `namespace/name`: whoever may get `imagestreams/layers` of a
 * stream may. A review that fails counts as a denial.
 */
export async function sourceDenials(
  authorizer: Authorizer,
  user: UserInfo,
  sources: readonly StreamSource[],
): Promise<ReadonlyMap<string, SourceDenial>> {
  const answers = await Promise.all(
    sources.map(async ({ namespace, name }) => {
      const denial = await denialOf(authorizer, user, { namespace, name });
      return [streamKey(namespace, name), denial] as const;
    }),
  );
  return new Map(
    answers.filter((answer): answer is [string, SourceDenial] => answer[1] !== undefined),
  );
}

async function denialOf(
  authorizer: Authorizer,
  user: UserInfo,
  source: StreamSource,
): Promise<SourceDenial | undefined> {
  try {
    const { decision, reason } = await authorizer.authorize({
      ...question(user, 'get', 'imagestreams'),
      subresource: 'layers',
      ...source,
    });
    return decision === 'allow' ? undefined : { reason, evaluationError: '' };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return { reason: '', evaluationError: '', error: text };
  }
}

/**
 * Whether the registry allow-list does not bind a user: one who may create images, or (asked in the singular, as
 * OpenShift does, so that only wildcard rules grant it) image stream mappings, in the whole cluster.
 */
export async function mayUseAnyRegistry(authorizer: Authorizer, user: UserInfo): Promise<boolean> {
  for (const resource of ['images', 'imagestreammapping']) {
    const { decision } = await authorizer.authorize(question(user, 'create', resource));
    if (decision === 'allow') return true;
  }
  return false;
}

function question(user: UserInfo, verb: string, resource: string): Attributes {
  return {
    user,
    verb,
    resourceRequest: true,
    group: imageGroup,
    resource,
    subresource: '',
    name: '',
    namespace: '',
    path: '',
  };
}
