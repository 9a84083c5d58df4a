import { parseQuantity } from '#src/domain/quantity.ts';
import type { GroupResource, KubeObject } from '#src/meta/object.ts';
import { forbidden, StatusError } from '#src/meta/status.ts';
import type { Objects } from '#src/store/objects.ts';

import type { ResourceDeps } from './deps.ts';
import { imageStreamKey } from './imagestreams/streams.ts';

/** core/v1 ResourceQuota; of the resources only `openshift.io/imagestreams` is counted. */
export interface ResourceQuota extends KubeObject {
  spec?: { hard?: Record<string, string>; scopes?: string[]; scopeSelector?: unknown };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** How the number of streams in a namespace is called in a quota. */
export const streamCount = 'openshift.io/imagestreams';

/** A write that may have to make a stream. */
interface StreamWrite {
  /** What the request is about; the refusal names it. */
  readonly resource: GroupResource;
  readonly namespace: string;
  readonly name: string;
  readonly stream: string;
}

/**
 * Streams are counted when they are asked for, so creations at the very same moment may each see the last place free.
 * @throws {StatusError} 403 when the stream does not exist yet and a quota leaves no room for it
 */
export async function requireStreamQuota(
  { objects }: Pick<ResourceDeps, 'objects'>,
  { resource, namespace, name, stream }: StreamWrite,
): Promise<void> {
  const quotas = await quotasOf(objects, namespace);
  if (quotas.length === 0) return;
  if ((await objects.get(imageStreamKey(namespace, stream))) !== undefined) return;
  const used = await countStreams(objects, namespace);
  for (const { quota, limit } of quotas)
    if (used + 1 > limit)
      throw new StatusError(
        forbidden(
          resource,
          name,
          `exceeded quota: ${quota}, requested: ${streamCount}=1, used: ${streamCount}=${used}, limited: ${streamCount}=${limit}`,
        ),
      );
}

/** How many streams a namespace has. */
export async function countStreams(objects: Objects, namespace: string): Promise<number> {
  const { resource } = imageStreamKey('', '');
  const page = await objects.list({ resource, namespace }, { limit: 1 });
  return page.items.length + page.remaining;
}

async function quotasOf(
  objects: Objects,
  namespace: string,
): Promise<{ quota: string; limit: number }[]> {
  const { items } = await objects.list<ResourceQuota>({ resource: 'resourcequotas', namespace });
  return items.flatMap(({ metadata, spec }) => {
    const limit = parseQuantity(spec?.hard?.[streamCount] ?? '');
    return limit === undefined ? [] : [{ quota: metadata.name ?? '', limit }];
  });
}
