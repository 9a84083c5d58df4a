import type { Clock } from '#src/lib/clock.ts';
import type { Logger } from '#src/lib/logger.ts';
import type { ObjectEvent, Objects } from '#src/store/objects.ts';

import type { IdentityChanges } from './token-cache.ts';

/** What tokens stand for depends on these. */
export interface IdentityResources {
  /** Whose every change counts: users, groups, keys. */
  readonly changing: readonly string[];
  /** Whose end alone counts: tokens, and what tokens are bound to. */
  readonly ending: readonly string[];
}

/** The record, and what it takes to follow it. */
export interface FollowOptions {
  readonly objects: Objects;
  readonly clock: Clock;
  readonly logger: Logger;
}

const retryMs = 1_000;

/**
 * Follows the record, whichever server writes to it, until the signal is aborted. Without a connection to the record
 * nothing can be told, and answers count as old.
 */
export function followIdentities(
  { objects, clock, logger }: FollowOptions,
  { changing, ending }: IdentityResources,
  signal: AbortSignal,
): IdentityChanges {
  const always = new Set(changing);
  const ranges = [...changing, ...ending].map((resource) => ({ resource }));
  let count = 0;
  let isFollowing = false;

  async function follow(): Promise<void> {
    const from = await objects.currentRevision();
    count += 1;
    isFollowing = true;
    for await (const { events } of objects.watch({ from, ranges, signal }))
      if (events.some(matters)) count += 1;
  }

  function matters({ key, type }: Pick<ObjectEvent, 'key' | 'type'>): boolean {
    return always.has(key.resource) || type === 'delete';
  }

  async function followOn(): Promise<void> {
    while (!signal.aborted) {
      await follow().catch((error: unknown) => {
        if (!signal.aborted) logger.warn('changes of users and tokens are not told', { error });
      });
      isFollowing = false;
      if (!signal.aborted) await clock.sleep(retryMs, signal).catch(() => undefined);
    }
  }

  void followOn();
  return { epoch: () => (isFollowing ? count : undefined) };
}
