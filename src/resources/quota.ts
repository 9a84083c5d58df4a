import { parseQuantity } from '#src/domain/quantity.ts';
import type { GroupResource, KubeObject } from '#src/meta/object.ts';
import { forbidden, StatusError } from '#src/meta/status.ts';
import type { Objects } from '#src/store/objects.ts';
import type { Key } from '#src/store/store.ts';

import type { ResourceDeps } from './deps.ts';
import { imageStreamKey, imageStreamsResource } from './imagestreams/streams.ts';

/** core/v1 ResourceQuota; of the resources only `openshift.io/imagestreams` is counted. */
export interface ResourceQuota extends KubeObject {
  spec?: { hard?: Record<string, string>; scopes?: string[]; scopeSelector?: unknown };
  status?: { hard?: Record<string, string>; used?: Record<string, string> };
}

/** How the number of streams in a namespace is called in a quota. */
export const streamCount = 'openshift.io/imagestreams';

type Counted = Pick<Objects, 'get' | 'list'>;

interface Quota {
  readonly quota: string;
  readonly limit: number;
}

/** A write that may have to make a stream. */
interface StreamWrite {
  /** What the request is about; the refusal names it. */
  readonly resource: GroupResource;
  readonly namespace: string;
  readonly name: string;
  readonly stream: string;
}

/**
 * The early answer, before anything is done: what is created at the same moment is not seen here, but when the stream
 * is created (`withinQuota`).
 * @throws {StatusError} 403 when the stream does not exist yet and a quota leaves no room for it
 */
export async function requireStreamQuota(
  { objects }: Pick<ResourceDeps, 'objects'>,
  { resource, namespace, name, stream }: StreamWrite,
): Promise<void> {
  const quotas = await quotasOf(objects, namespace);
  if (quotas.length === 0) return;
  if ((await objects.get(imageStreamKey(namespace, stream))) !== undefined) return;
  refuseBeyond(quotas, await countStreams(objects, namespace), { resource, name });
}

/** Whether the streams of a namespace are limited at all. */
export async function hasQuota(objects: Counted, namespace: string): Promise<boolean> {
  return (await quotasOf(objects, namespace)).length > 0;
}

/**
 * Counts the streams there are together with `pending`, those that others are about to make.
 * @throws {StatusError} 403 when a quota leaves no room for one more
 */
export async function requireRoom(
  objects: Counted,
  { namespace, name }: Key,
  pending: readonly string[],
): Promise<void> {
  const quotas = await quotasOf(objects, namespace);
  const used = await countWith(objects, namespace, pending);
  refuseBeyond(quotas, used, { resource: imageStreamsResource, name });
}

async function countWith(
  objects: Counted,
  namespace: string,
  pending: readonly string[],
): Promise<number> {
  const missing = await missingOf(objects, namespace, pending);
  const there = await countStreams(objects, namespace);
  // One that came to be in between may have been counted or not.
  const still = await missingOf(objects, namespace, missing);
  return still.length === missing.length
    ? there + missing.length
    : countWith(objects, namespace, still);
}

async function missingOf(
  objects: Counted,
  namespace: string,
  names: readonly string[],
): Promise<string[]> {
  const found = await Promise.all(
    names.map((name) => objects.get(imageStreamKey(namespace, name))),
  );
  return names.filter((_name, index) => found[index] === undefined);
}

function refuseBeyond(
  quotas: readonly Quota[],
  used: number,
  { resource, name }: Pick<StreamWrite, 'resource' | 'name'>,
): void {
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
export async function countStreams(objects: Counted, namespace: string): Promise<number> {
  const { resource } = imageStreamKey('', '');
  const page = await objects.list({ resource, namespace }, { limit: 1 });
  return page.items.length + page.remaining;
}

async function quotasOf(objects: Counted, namespace: string): Promise<Quota[]> {
  const { items } = await objects.list<ResourceQuota>({ resource: 'resourcequotas', namespace });
  return items.flatMap(({ metadata, spec }) => {
    const limit = parseQuantity(spec?.hard?.[streamCount] ?? '');
    return limit === undefined ? [] : [{ quota: metadata.name ?? '', limit }];
  });
}
