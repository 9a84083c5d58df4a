import type { Clock } from '#src/lib/clock.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError } from '#src/store/store.ts';

/** How long an Event is kept after it was last seen, in milliseconds (kube-apiserver's `--event-ttl`). */
export const eventTtlMs = 60 * 60_000;
/** How often they are looked through. */
const everyMs = 60_000;
const pageSize = 500;

/** The times of a core/v1 Event, whoever wrote it. */
interface TimedEvent extends KubeObject {
  readonly lastTimestamp?: string | null;
  readonly eventTime?: string | null;
  readonly series?: { readonly lastObservedTime?: string };
}

/** Removes Events whose time is over, until the signal is aborted. */
export async function expireEvents(
  { objects, clock }: { readonly objects: Objects; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await removeExpired(objects, clock.now() - eventTtlMs);
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}

/** @param before Events last seen earlier than this are removed, in milliseconds since 1970 */
export async function removeExpired(objects: Objects, before: number): Promise<void> {
  let after: { namespace: string; name: string } | undefined;
  for (;;) {
    const page = await objects.list<TimedEvent>(
      { resource: 'events' },
      { limit: pageSize, ...(after === undefined ? {} : { after }) },
    );
    for (const event of page.items) if (lastSeen(event) < before) await remove(objects, event);
    const last = page.items.at(-1)?.metadata;
    if (page.remaining === 0 || last === undefined) return;
    after = { namespace: last.namespace ?? '', name: last.name ?? '' };
  }
}

function lastSeen({ metadata, lastTimestamp, eventTime, series }: TimedEvent): number {
  const times = [metadata.creationTimestamp, lastTimestamp, eventTime, series?.lastObservedTime];
  return Math.max(...times.map((time) => Date.parse(time ?? '') || 0));
}

/** Unless it was seen again meanwhile. */
async function remove(objects: Objects, { metadata }: TimedEvent): Promise<void> {
  const { namespace = '', name = '', resourceVersion } = metadata;
  try {
    await objects.delete({ resource: 'events', namespace, name }, resourceVersion);
  } catch (error) {
    if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
  }
}
