import type { Clock } from '#src/lib/clock.ts';
import { StatusError } from '#src/meta/status.ts';

import type { WatchEvents } from '../resource.ts';

/** How a long answer finds out that it may no longer go on. */
export interface Recheck {
  /** Milliseconds between two checks: as long can what was withdrawn still be used. */
  readonly everyMs: number;
  /** Asks again who is asking and whether they may. @throws {StatusError} 401 or 403 when they may no longer */
  readonly check: () => Promise<void>;
}

/**
 * The events of a watch as long as whoever asked for it may have them. When a later check refuses, the watch ends with
 * the refusal as an ERROR event. A check that fails for another reason says nothing, and the next one counts.
 * @param begin gets a signal that is aborted when the client has left or may no longer watch
 */
export async function whileAllowed(
  { everyMs, check }: Recheck,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
  begin: (signal: AbortSignal) => Promise<AsyncIterable<WatchEvents>>,
): Promise<AsyncIterable<WatchEvents>> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  let refusal: StatusError | undefined;
  async function keepChecking(): Promise<void> {
    while (refusal === undefined) {
      await clock.sleep(everyMs, either);
      refusal = await refusalOf(check);
    }
    ended.abort();
  }
  async function* events(source: AsyncIterable<WatchEvents>): AsyncGenerator<WatchEvents> {
    try {
      yield* source;
      if (refusal !== undefined) yield [{ type: 'ERROR', status: refusal.status }];
    } finally {
      ended.abort();
    }
  }
  try {
    const source = await begin(either);
    // Sleep is broken off at the end of the watch, which is the end of this too.
    keepChecking().catch(() => undefined);
    return events(source);
  } catch (error) {
    ended.abort();
    throw error;
  }
}

async function refusalOf(check: Recheck['check']): Promise<StatusError | undefined> {
  try {
    await check();
  } catch (error) {
    if (error instanceof StatusError && [401, 403].includes(error.status.code ?? 0)) return error;
  }
  return undefined;
}
