import type { Clock } from '#src/lib/clock.ts';
import type { KubeObject } from '#src/meta/object.ts';
import type { Objects } from '#src/store/objects.ts';
import { StoreError, type Key } from '#src/store/store.ts';

import { hasQuota, requireRoom } from './quota.ts';

/** Streams of a namespace that are being made; seen by nobody but this file. */
interface Reservations extends KubeObject {
  /** By stream, until when in milliseconds. */
  readonly pending: Readonly<Record<string, number>>;
}

type Reserve = Pick<Objects, 'get' | 'list' | 'create' | 'update' | 'delete'>;

/** Whoever has not made its stream by then is gone. */
const reservedMs = 60_000;

/**
 * The store of streams, in which nothing is created beyond a quota, however many creators there are at once: each
 * reserves its place first and then counts, with those that reserved before it. Reservations are compare-and-swap
 * writes, so they come one after the other in all processes.
 */
export function withinQuota(objects: Objects, clock: Clock): Objects {
  return {
    get: (key) => objects.get(key),
    list: (range, options) => objects.list(range, options),
    update: (key, object) => objects.update(key, object),
    delete: (key, resourceVersion) => objects.delete(key, resourceVersion),
    watch: (options) => objects.watch(options),
    currentRevision: () => objects.currentRevision(),
    async create(key, object) {
      if (!(await hasQuota(objects, key.namespace))) return objects.create(key, object);
      const before = await reserve(objects, key, clock.now());
      try {
        await requireRoom(objects, key, before).catch(async (error: unknown) => {
          // Somebody else made this very stream: that is a conflict, which its creator may try again.
          if ((await objects.get(key)) === undefined) throw error;
        });
        return await objects.create(key, object);
      } finally {
        await release(objects, key);
      }
    },
  };
}

/** @returns the streams that others reserved before */
async function reserve(objects: Reserve, stream: Key, now: number): Promise<string[]> {
  return changed(objects, stream, (pending) => {
    const others = Object.entries(pending).filter(
      ([name, until]) => name !== stream.name && until > now,
    );
    return {
      pending: Object.fromEntries([...others, [stream.name, now + reservedMs]]),
      result: others.map(([name]) => name),
    };
  });
}

async function release(objects: Reserve, stream: Key): Promise<void> {
  await changed(objects, stream, ({ [stream.name]: _own, ...pending }) => ({
    pending,
    result: undefined,
  }));
}

/** Reads, changes and writes until nobody else wrote in between. */
async function changed<T>(
  objects: Reserve,
  { namespace }: Key,
  change: (pending: Reservations['pending']) => {
    readonly pending: Reservations['pending'];
    readonly result: T;
  },
): Promise<T> {
  const key = { resource: 'streamreservations.sluice', namespace, name: 'pending' };
  for (;;) {
    const current = await objects.get<Reservations>(key);
    const { pending, result } = change(current?.pending ?? {});
    try {
      await write(objects, key, { current, pending });
      return result;
    } catch (error) {
      if (!(error instanceof StoreError) || error.code === 'Unavailable') throw error;
    }
  }
}

async function write(
  objects: Reserve,
  key: Key,
  {
    current,
    pending,
  }: {
    readonly current: Reservations | undefined;
    readonly pending: Reservations['pending'];
  },
): Promise<void> {
  const isEmpty = Object.keys(pending).length === 0;
  if (current !== undefined && isEmpty) await objects.delete(key, current.metadata.resourceVersion);
  else if (current !== undefined) await objects.update(key, { ...current, pending });
  else if (!isEmpty) {
    const { namespace, name } = key;
    await objects.create<Reservations>(key, { metadata: { namespace, name }, pending });
  }
}
